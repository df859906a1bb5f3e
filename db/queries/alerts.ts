/** What the watch writes: alerts, their timelines, and how far it has looked. All of it in the transaction of one look. */
import { ADVISORY_LOCKS } from '../advisory-locks.ts'
import type { Alert, TimelineEntry } from '../../server/watch/alerts/alert.ts'
import { ALERTS_AT_HAND } from '../../server/watch/alerts/episodes.ts'
import type { Queryable } from '../queryable.ts'
import { ALERT_COLUMNS } from './alert-columns.ts'

/** Until the transaction ends. false: another worker looks just now. */
export async function takeWatchLock(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ taken: boolean }>('select pg_try_advisory_xact_lock($1) as taken', [ADVISORY_LOCKS.watch])
  return rows[0]?.taken === true
}

/** How far somebody has looked: by the database’s clock, and by the clock of who looked. */
export interface WatchPosition {
  recordedAt: number
  lookedAt: number
}

/** Asks the database’s clock as well: what is recorded later is for the next look. */
export async function readPosition(db: Queryable): Promise<{ position: WatchPosition | undefined; clock: number }> {
  const { rows } = await db.query<{ recordedAt: number | null; lookedAt: number | null; clock: number }>(
    `select p.recorded_at as "recordedAt", p.looked_at as "lookedAt", clock_timestamp() as clock
     from (values (0)) as one (project_id) left join watch_position p using (project_id)`)
  const [row] = rows
  if (row === undefined) throw new Error('the database told no time')
  const { recordedAt, lookedAt, clock } = row
  return { position: recordedAt === null || lookedAt === null ? undefined : { recordedAt, lookedAt }, clock }
}

export async function savePosition(db: Queryable, { recordedAt, lookedAt }: WatchPosition): Promise<void> {
  await db.query({
    name: 'watch-position',
    text: `
      insert into watch_position (recorded_at, looked_at) values (to_timestamp($1 / 1000.0), to_timestamp($2 / 1000.0))
      on conflict (project_id) do update set recorded_at = excluded.recorded_at, looked_at = excluded.looked_at`,
    values: [recordedAt, lookedAt],
  })
}

export async function listOpenAlerts(db: Queryable): Promise<Alert[]> {
  const { rows } = await db.query<Alert>({ name: 'alerts-open', text: `select ${ALERT_COLUMNS} from alerts where state <> 'resolved' order by project_id, rule, group_key` })
  return rows
}

/** Of each of these groups the last few alerts it had: lines may come late. */
export async function findLatestAlerts(db: Queryable, rule: string, groups: readonly { projectId: number; groupKey: string }[]): Promise<Alert[]> {
  if (groups.length === 0) return []
  const { rows } = await db.query<Alert>({
    name: 'alerts-latest',
    text: `
      select ${ALERT_COLUMNS} from (select distinct * from unnest($2::int[], $3::text[])) as g (project_id, group_key)
      join lateral (
        select * from alerts a where a.project_id = g.project_id and a.rule = $1 and a.group_key = g.group_key order by a.last_at desc limit ${ALERTS_AT_HAND}
      ) alerts on true`,
    values: [rule, groups.map(({ projectId }) => projectId), groups.map(({ groupKey }) => groupKey)],
  })
  return rows
}

/** Of this rule, with a beginning since then: the times that are no example of what is usual. */
export async function listAlertTimes(
  db: Queryable, rule: string, since: number,
): Promise<Pick<Alert, 'projectId' | 'groupKey' | 'startsAt' | 'lastAt' | 'firesAt'>[]> {
  const { rows } = await db.query<Pick<Alert, 'projectId' | 'groupKey' | 'startsAt' | 'lastAt' | 'firesAt'>>(
    `select project_id as "projectId", group_key as "groupKey", starts_at as "startsAt", last_at as "lastAt", fires_at as "firesAt"
     from alerts where rule = $1 and last_at >= to_timestamp($2 / 1000.0)`, [rule, since])
  return rows
}

/** Stores them as they are now. What people said of an alert (acknowledged, disposed) is theirs and stays. */
export async function saveAlerts(db: Queryable, alerts: readonly Alert[]): Promise<void> {
  if (alerts.length === 0) return
  await db.query({
    name: 'alerts-save',
    text: `
      insert into alerts as a (project_id, alert_id, rule, rule_version, title, group_by, group_key, state, severity, starts_at, fires_at, last_at,
        ends_at, detected_at, value, lines, evidence, suppressed, escalations)
      select project_id, alert_id, rule, rule_version, title, group_by, group_key, state, severity, to_timestamp(starts_at / 1000.0),
        to_timestamp(fires_at / 1000.0), to_timestamp(last_at / 1000.0), to_timestamp(ends_at / 1000.0), to_timestamp(detected_at / 1000.0),
        value, lines, evidence, suppressed, escalations
      from jsonb_to_recordset($1::jsonb) as r (project_id int, alert_id uuid, rule text, rule_version text, title text, group_by jsonb,
        group_key text, state text, severity text, starts_at float8, fires_at float8, last_at float8, ends_at float8, detected_at float8,
        value float8, lines int, evidence jsonb, suppressed boolean, escalations int)
      on conflict (project_id, alert_id) do update set state = excluded.state, severity = excluded.severity, starts_at = excluded.starts_at,
        fires_at = excluded.fires_at, last_at = excluded.last_at, ends_at = excluded.ends_at, value = excluded.value, lines = excluded.lines,
        evidence = excluded.evidence, escalations = excluded.escalations, suppressed = excluded.suppressed`,
    values: [JSON.stringify(alerts.map((alert) => ({
      project_id: alert.projectId, alert_id: alert.id, rule: alert.rule, rule_version: alert.ruleVersion, title: alert.title, group_by: alert.group,
      group_key: alert.groupKey, state: alert.state, severity: alert.severity, starts_at: alert.startsAt, fires_at: alert.firesAt,
      last_at: alert.lastAt, ends_at: alert.endsAt, detected_at: alert.detectedAt, value: alert.value, lines: alert.lines,
      evidence: alert.evidence, suppressed: alert.suppressed, escalations: alert.escalations,
    })))],
  })
}

export async function appendTimeline(db: Queryable, entries: readonly TimelineEntry[]): Promise<void> {
  if (entries.length === 0) return
  await db.query({
    name: 'timeline-append',
    text: `
      insert into alert_timeline (project_id, alert_id, at, kind, actor, detail)
      select project_id, alert_id, to_timestamp(at / 1000.0), kind, actor, detail
      from jsonb_to_recordset($1::jsonb) as r (project_id int, alert_id uuid, at float8, kind text, actor text, detail jsonb, place int)
      where exists (select from alerts a where a.project_id = r.project_id and a.alert_id = r.alert_id) order by place`,
    values: [JSON.stringify(entries.map(({ projectId, alertId, at, kind, actor, detail }, place) =>
      ({ project_id: projectId, alert_id: alertId, at, kind, actor, detail, place })))],
  })
}
