/** What each channel was told last of each group of alerts. Read and written in the transaction that stores the alerts. */
import type { Alert } from '../../server/watch/alerts/alert.ts'
import type { NotifiedGroup } from '../../server/watch/alerts/told.ts'
import type { Queryable } from '../queryable.ts'
import { alertColumns } from './alert-columns.ts'

export async function loadNotifiedGroups(db: Queryable): Promise<NotifiedGroup[]> {
  const { rows } = await db.query<NotifiedGroup>({
    name: 'notified-groups',
    text: `select project_id as "projectId", channel_project_id as "channelProjectId", channel_id as "channelId", group_key as "groupKey", told,
             told_at as "toldAt"
           from notified_groups`,
  })
  return rows
}

/** What `route` has to see: every open alert, and the resolved ones that some channel was told of. */
export async function loadRoutableAlerts(db: Queryable): Promise<Alert[]> {
  const { rows } = await db.query<Alert>({
    name: 'alerts-routable',
    text: `
      select ${alertColumns()} from alerts a where a.state <> 'resolved'
      union all
      select ${alertColumns()} from (
        select distinct g.project_id, told.id::uuid as alert_id from notified_groups g, jsonb_object_keys(g.told) as told (id)
      ) known join alerts a using (project_id, alert_id) where a.state = 'resolved'`,
  })
  return rows
}

/** Stores rows as `route` returns them; one with nothing told in it is deleted. */
export async function saveNotifiedGroups(db: Queryable, groups: readonly NotifiedGroup[]): Promise<void> {
  const kept = groups.filter(({ told }) => Object.keys(told).length > 0)
  const gone = groups.filter(({ told }) => Object.keys(told).length === 0)
  if (gone.length > 0) {
    await db.query({
      name: 'notified-groups-forget',
      text: `
        delete from notified_groups g using unnest($1::int[], $2::int[], $3::int[], $4::text[]) as d (project_id, channel_project_id, channel_id, group_key)
        where (g.project_id, g.channel_project_id, g.channel_id, g.group_key) = (d.project_id, d.channel_project_id, d.channel_id, d.group_key)`,
      values: keyColumns(gone),
    })
  }
  if (kept.length === 0) return
  await db.query({
    name: 'notified-groups-save',
    text: `
      insert into notified_groups (project_id, channel_project_id, channel_id, group_key, told, told_at)
      select project_id, channel_project_id, channel_id, group_key, told::jsonb, to_timestamp(told_at / 1000.0)
      from unnest($1::int[], $2::int[], $3::int[], $4::text[], $5::text[], $6::float8[])
        as r (project_id, channel_project_id, channel_id, group_key, told, told_at)
      on conflict (project_id, channel_project_id, channel_id, group_key) do update set told = excluded.told, told_at = excluded.told_at`,
    values: [...keyColumns(kept), kept.map(({ told }) => JSON.stringify(told)), kept.map(({ toldAt }) => toldAt)],
  })
}

const keyColumns = (rows: readonly NotifiedGroup[]): unknown[] => [
  rows.map(({ projectId }) => projectId), rows.map(({ channelProjectId }) => channelProjectId), rows.map(({ channelId }) => channelId),
  rows.map(({ groupKey }) => groupKey),
]

/** Of alerts that are escalated, how often they were by now. */
export async function saveEscalations(
  db: Queryable, escalated: readonly { projectId: number; alertId: string; escalations: number }[],
): Promise<void> {
  if (escalated.length === 0) return
  await db.query({
    name: 'alerts-escalated',
    text: `
      update alerts a set escalations = e.escalations from unnest($1::int[], $2::uuid[], $3::int[]) as e (project_id, alert_id, escalations)
      where a.project_id = e.project_id and a.alert_id = e.alert_id`,
    values: [escalated.map(({ projectId }) => projectId), escalated.map(({ alertId }) => alertId), escalated.map(({ escalations }) => escalations)],
  })
}
