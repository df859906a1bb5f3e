/**
 * The outbox. A row is written in the transaction that changed its alerts, and sent after it; a sender holds a row until
 * `locked_until`, so one that dies with it in hand loses nothing. `attempts` counts those begun, and tells a sender that
 * was taken for dead from the one that holds the row now.
 */
import type { ChannelKind, NotificationState } from '../../server/contract/channel.ts'
import type { Severity } from '../../server/contract/primitives.ts'
import type { Message } from '../../server/watch/notifiers/message.ts'
import type { TimelineEntry } from '../../server/watch/alerts/alert.ts'
import type { Queryable } from '../queryable.ts'
import { storable } from '../storable.ts'

/** Alerts carry text of the attacker’s choice, and a row that jsonb refuses would fail the whole tick. */
const storableJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? storable(inner) : inner))

export interface NewNotification {
  /** The alerts’ project; 0: the installation */
  projectId: number
  channel: { projectId: number; id: number }
  /** Says what is told: the same key is told once. */
  dedupKey: string
  message: Message
}

/** Inside the transaction that changed the alerts. false: this was told, or is about to be. */
export async function enqueueNotification(db: Queryable, { projectId, channel, dedupKey, message }: NewNotification, now: number): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'notifications-enqueue',
    text: `
      insert into notifications (project_id, channel_project_id, channel_id, dedup_key, message, created_at, next_attempt_at)
      values ($1, $2, $3, $4, $5::jsonb, to_timestamp($6 / 1000.0), to_timestamp($6 / 1000.0))
      on conflict (project_id, channel_project_id, channel_id, dedup_key) do nothing`,
    values: [projectId, channel.projectId, channel.id, storable(dedupKey), storableJson(message), now],
  })
  return rowCount === 1
}

export interface Claim {
  projectId: number
  /** A bigint, as text. */
  id: string
  /** This one included. */
  attempts: number
}
export interface ClaimedNotification extends Claim {
  message: Message
  createdAt: number
  lastError: string | null
  channel: { projectId: number; id: number; name: string; kind: ChannelKind; sealedSettings: Buffer }
}

/**
 * Takes up to `limit` due rows, oldest first, at most `perChannel` of a channel less those under way there already (`busy`, by
 * channel id). What is told of a group of alerts stays in order: behind one that has not arrived, the next waits.
 *
 * The first of a group is asked for row by row: as an anti-join, on a table whose statistics are of when it was empty, it took
 * more than ten seconds over 75,000 rows instead of 0.2 (measured).
 */
export async function claimNotifications(
  db: Queryable, now: number, asked: { limit: number; perChannel: number; busy: ReadonlyMap<number, number>; lockMs: number },
): Promise<ClaimedNotification[]> {
  const { rows } = await db.query<Claim & Pick<ClaimedNotification, 'message' | 'createdAt' | 'lastError'> & Prefixed>({
    name: 'notifications-claim',
    text: `
      with due as (
        select c.project_id as channel_project_id, c.channel_id, c.name, c.kind, c.sealed_settings, n.project_id, n.notification_id
        from channels c
        left join unnest($4::int[], $5::int[]) as b (channel_id, under_way) on b.channel_id = c.channel_id
        cross join lateral (
          select n.project_id, n.notification_id, n.next_attempt_at from notifications n
          where n.channel_project_id = c.project_id and n.channel_id = c.channel_id and n.sent_at is null and n.dead_at is null
            and n.next_attempt_at <= to_timestamp($1 / 1000.0) and (n.locked_until is null or n.locked_until <= to_timestamp($1 / 1000.0))
            and n.notification_id = (
              select e.notification_id from notifications e
              where e.channel_project_id = n.channel_project_id and e.channel_id = n.channel_id and e.group_hash = n.group_hash
                and e.sent_at is null and e.dead_at is null
              order by e.channel_project_id, e.channel_id, e.group_hash, e.notification_id limit 1)
          order by n.next_attempt_at, n.notification_id
          limit greatest(0, $3 - coalesce(b.under_way, 0))
          for update of n skip locked
        ) n
        where c.disabled_at is null
        order by n.next_attempt_at, n.notification_id
        limit $2
      )
      update notifications n set locked_until = to_timestamp(($1 + $6) / 1000.0), attempts = n.attempts + 1
      from due d where n.project_id = d.project_id and n.notification_id = d.notification_id
      returning n.project_id as "projectId", n.notification_id::text as id, n.attempts, n.message, n.created_at as "createdAt",
        n.last_error as "lastError", d.channel_project_id as "channelProjectId", d.channel_id as "channelId", d.name, d.kind,
        d.sealed_settings as "sealedSettings"`,
    values: [now, asked.limit, asked.perChannel, [...asked.busy.keys()], [...asked.busy.values()], asked.lockMs],
  })
  return rows.map(({ channelProjectId, channelId, name, kind, sealedSettings, ...row }) => ({
    ...row, channel: { projectId: channelProjectId, id: channelId, name, kind, sealedSettings },
  }))
}
interface Prefixed {
  channelProjectId: number
  channelId: number
  name: string
  kind: ChannelKind
  sealedSettings: Buffer
}

/** It arrived, whoever holds the row by now. */
export async function markSent(db: Queryable, { projectId, id }: Claim, now: number): Promise<void> {
  await db.query(
    `update notifications set sent_at = to_timestamp($3 / 1000.0), dead_at = null, locked_until = null, last_error = null
     where project_id = $1 and notification_id = $2 and sent_at is null`,
    [projectId, id, now],
  )
}

/** false: another sender has the row, and its word counts. */
export async function markFailed(db: Queryable, { projectId, id, attempts }: Claim, error: string, nextAttemptAt: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update notifications set next_attempt_at = to_timestamp($4 / 1000.0), locked_until = null, last_error = $5
     where project_id = $1 and notification_id = $2 and attempts = $3 and sent_at is null and dead_at is null`,
    [projectId, id, attempts, nextAttemptAt, storable(error)],
  )
  return rowCount === 1
}

/** Given up; `reviveNotification` takes it up again. */
export async function markDead(db: Queryable, { projectId, id, attempts }: Claim, error: string, now: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update notifications set dead_at = to_timestamp($4 / 1000.0), locked_until = null, last_error = $5
     where project_id = $1 and notification_id = $2 and attempts = $3 and sent_at is null and dead_at is null`,
    [projectId, id, attempts, now, storable(error)],
  )
  return rowCount === 1
}

/** The sender closes with it in hand: it is as if it had not been taken. */
export async function releaseNotification(db: Queryable, { projectId, id, attempts }: Claim): Promise<void> {
  await db.query(
    `update notifications set locked_until = null, attempts = attempts - 1
     where project_id = $1 and notification_id = $2 and attempts = $3 and sent_at is null`,
    [projectId, id, attempts],
  )
}

/** What was given up is due again. false: it is not dead, or its channel is not used any more. */
export async function reviveNotification(db: Queryable, { projectId, id }: Pick<Claim, 'projectId' | 'id'>, now: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update notifications n set dead_at = null, attempts = 0, next_attempt_at = to_timestamp($3 / 1000.0), locked_until = null
     from channels c
     where n.project_id = $1 and n.notification_id = $2 and n.dead_at is not null
       and c.project_id = n.channel_project_id and c.channel_id = n.channel_id and c.disabled_at is null`,
    [projectId, id, now],
  )
  return rowCount === 1
}

/** A line in the timeline of each of these alerts that there is. */
export async function recordTelling(db: Queryable, entry: Omit<TimelineEntry, 'alertId'>, alertIds: readonly string[]): Promise<void> {
  await db.query(
    `insert into alert_timeline (project_id, alert_id, at, kind, actor, detail)
     select a.project_id, a.alert_id, to_timestamp($3 / 1000.0), $4, $5, $6::jsonb from alerts a where a.project_id = $1 and a.alert_id = any($2::uuid[])`,
    [entry.projectId, alertIds, entry.at, entry.kind, entry.actor, storableJson(entry.detail)],
  )
}

export interface NotificationRow {
  id: string
  projectId: number
  channelId: number
  channelProjectId: number
  state: NotificationState
  title: string
  kind: string
  status: string
  severity: Severity
  attempts: number
  createdAt: number
  nextAttemptAt: number | null
  sentAt: number | null
  deadAt: number | null
  lastError: string | null
}

const STATE = `case when sent_at is not null then 'sent' when dead_at is not null then 'dead' else 'pending' end`
const COLUMNS = `notification_id::text as id, project_id as "projectId", channel_id as "channelId", channel_project_id as "channelProjectId",
  ${STATE} as state, message->>'title' as title, message->>'kind' as kind, message->>'status' as status, message->>'severity' as severity, attempts,
  created_at as "createdAt", case when sent_at is null and dead_at is null then next_attempt_at end as "nextAttemptAt", sent_at as "sentAt",
  dead_at as "deadAt", last_error as "lastError"`

/** Newest first. */
export async function listNotifications(
  db: Queryable, channel: { projectId: number; id: number }, { state, before, limit }: { state: NotificationState | null; before: string | null; limit: number },
): Promise<NotificationRow[]> {
  const { rows } = await db.query<NotificationRow>(
    `select ${COLUMNS} from notifications
     where channel_project_id = $1 and channel_id = $2 and ($3::text is null or ${STATE} = $3) and ($4::bigint is null or notification_id < $4)
     order by notification_id desc limit $5`,
    [channel.projectId, channel.id, state, before, limit],
  )
  return rows
}

export async function findNotification(db: Queryable, id: string): Promise<NotificationRow | null> {
  const { rows } = await db.query<NotificationRow>(`select ${COLUMNS} from notifications where notification_id = $1`, [id])
  return rows[0] ?? null
}

export interface OutboxCount {
  /** Not sent and not given up; of these `failing` have failed before. */
  pending: number
  failing: number
  dead: number
  /** When the oldest pending one was written; null: there is none. */
  oldestAt: number | null
}

/** For metrics: by partial indexes, whatever was sent before. */
export async function countNotifications(db: Queryable): Promise<OutboxCount> {
  const { rows } = await db.query<OutboxCount>(`
    select p.*, d.dead from
      (select count(*)::int as pending, (count(*) filter (where last_error is not null))::int as failing, min(created_at) as "oldestAt"
       from notifications where sent_at is null and dead_at is null) p,
      (select count(*)::int as dead from notifications where dead_at is not null) d`)
  return rows[0] ?? { pending: 0, failing: 0, dead: 0, oldestAt: null }
}

/** What was sent or given up before then. */
export async function forgetNotifications(db: Queryable, before: number): Promise<void> {
  await db.query('delete from notifications where sent_at < to_timestamp($1 / 1000.0) or dead_at < to_timestamp($1 / 1000.0)', [before])
}
