/** The security ledger: append, count up, and find again by id. Lists are in event-lists.ts, groups in event-groups.ts, marks in event-marks.ts. */
import type { Increment, NewRow } from '../../server/ledger/coalesce.ts'
import type { Queryable } from '../queryable.ts'
import { storable } from '../storable.ts'
import { EVENT_COLUMNS, type EventRow } from './event-columns.ts'

export async function insertEvents(db: Queryable, rows: readonly NewRow[]): Promise<void> {
  if (rows.length === 0) return
  const column = <T>(pick: (row: NewRow) => T): T[] => rows.map((row) => pick(row))
  await db.query({
    name: 'events-insert',
    text: `
      insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, origin, ip_address,
        fingerprint, error_message, end_user_email, end_user_id, detail, count, last_seen_at)
      select project_id, to_timestamp(occurred_at / 1000.0), event_id, event_type, severity, endpoint, origin, ip_address::inet,
        fingerprint, error_message, end_user_email, end_user_id, detail::jsonb, count, to_timestamp(last_seen_at / 1000.0)
      from unnest($1::int[], $2::float8[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[], $13::text[], $14::int[], $15::float8[])
        as e (project_id, occurred_at, event_id, event_type, severity, endpoint, origin, ip_address, fingerprint, error_message,
          end_user_email, end_user_id, detail, count, last_seen_at)
      on conflict do nothing`,
    values: [
      column((row) => row.event.projectId), column((row) => row.occurredAt), column((row) => row.id),
      column((row) => row.event.eventType), column((row) => row.event.severity), column((row) => row.event.endpoint),
      column((row) => row.event.origin), column((row) => row.event.ipAddress), column((row) => row.event.fingerprint),
      column((row) => row.event.errorMessage), column((row) => row.event.endUserEmail), column((row) => row.event.endUserId),
      column((row) => storableJson(row.event.detail)), column((row) => row.count), column((row) => row.lastSeenAt),
    ],
  })
}

/** One row that jsonb refuses would hold up the ledger behind it for ever, and `detail` carries text of the attacker's choice. */
const storableJson = (detail: Record<string, unknown>): string =>
  JSON.stringify(detail, (_key, value: unknown) => (typeof value === 'string' ? storable(value) : value))

export async function countUpEvents(db: Queryable, increments: readonly Increment[]): Promise<void> {
  if (increments.length === 0) return
  const sorted = increments.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  await db.query({
    name: 'events-count-up',
    text: `
      update security_events e
      set count = e.count + i.by, last_seen_at = greatest(e.last_seen_at, to_timestamp(i.last_seen_at / 1000.0)),
        recorded_at = clock_timestamp()
      from unnest($1::int[], $2::float8[], $3::uuid[], $4::int[], $5::float8[]) as i (project_id, occurred_at, event_id, by, last_seen_at)
      where e.project_id = i.project_id and e.occurred_at = to_timestamp(i.occurred_at / 1000.0) and e.event_id = i.event_id`,
    values: [
      sorted.map((i) => i.projectId), sorted.map((i) => i.occurredAt), sorted.map((i) => i.id), sorted.map((i) => i.by),
      sorted.map((i) => i.lastSeenAt),
    ],
  })
}

/** Of that time only, which says what partitions to look in. @param projectIds null: any */
export async function findEventsById(
  db: Queryable, projectIds: readonly number[] | null, ids: readonly string[], { since, until }: { since: number; until: number },
): Promise<EventRow[]> {
  if (ids.length === 0) return []
  const { rows } = await db.query<EventRow>(
    `select ${EVENT_COLUMNS} from security_events e
     where ($1::int[] is null or project_id = any($1)) and event_id = any($2::uuid[])
       and occurred_at >= to_timestamp($3 / 1000.0) and occurred_at <= to_timestamp($4 / 1000.0)
     order by occurred_at, event_id`,
    [projectIds, ids, since, until],
  )
  return rows
}
