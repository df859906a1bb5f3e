/** The security ledger: append, count up, read, mark. */
import type { EventType, Severity } from '../../server/contract/primitives.ts'
import type { Increment, NewRow } from '../../server/ledger/coalesce.ts'
import type { LedgerEvent } from '../../server/ledger/event.ts'
import type { Queryable } from '../queryable.ts'
import { storable } from '../storable.ts'

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

export interface EventFilterRow {
  projectId?: number
  eventType?: EventType
  severity?: Severity
  isRead?: boolean
  ip?: string
  since?: number
  until?: number
}
export interface EventRow extends LedgerEvent {
  id: string
  occurredAt: number
  lastSeenAt: number
  count: number
  isRead: boolean
  note: string | null
}

const FILTER = `
  ($1::int is null or project_id = $1)
  and ($2::text is null or event_type = $2)
  and ($3::text is null or severity = $3)
  and ($4::boolean is null or is_read = $4)
  and ($5::inet is null or ip_address = $5)
  and ($6::float8 is null or occurred_at >= to_timestamp($6 / 1000.0))
  and ($7::float8 is null or occurred_at < to_timestamp($7 / 1000.0))`

const filterValues = (filter: EventFilterRow): unknown[] => [
  filter.projectId ?? null, filter.eventType ?? null, filter.severity ?? null, filter.isRead ?? null, filter.ip ?? null,
  filter.since ?? null, filter.until ?? null,
]

const COLUMNS = `event_id as id, project_id as "projectId", occurred_at as "occurredAt", last_seen_at as "lastSeenAt",
  event_type as "eventType", severity, endpoint, origin, host(ip_address) as "ipAddress", fingerprint,
  error_message as "errorMessage", end_user_email as "endUserEmail", end_user_id as "endUserId", detail, count,
  is_read as "isRead", note`

const PAGES = {
  newest: `select ${COLUMNS} from security_events where ${FILTER}
    and ($8::float8 is null or (occurred_at, event_id) < (to_timestamp($8 / 1000.0), $9::uuid))
    order by occurred_at desc, event_id desc limit $10`,
  oldest: `select ${COLUMNS} from security_events where ${FILTER}
    and ($8::float8 is null or (occurred_at, event_id) > (to_timestamp($8 / 1000.0), $9::uuid))
    order by occurred_at, event_id limit $10`,
}

export async function listEvents(
  db: Queryable, filter: EventFilterRow,
  page: { sort: 'newest' | 'oldest'; after: Pick<EventRow, 'occurredAt' | 'id'> | null; limit: number },
): Promise<EventRow[]> {
  const { rows } = await db.query<EventRow>(
    PAGES[page.sort], [...filterValues(filter), page.after?.occurredAt ?? null, page.after?.id ?? null, page.limit],
  )
  return rows
}

/** Of that time only, which says what partitions to look in. @param projectIds null: any */
export async function findEventsById(
  db: Queryable, projectIds: readonly number[] | null, ids: readonly string[], { since, until }: { since: number; until: number },
): Promise<EventRow[]> {
  if (ids.length === 0) return []
  const { rows } = await db.query<EventRow>(
    `select ${COLUMNS} from security_events
     where ($1::int[] is null or project_id = any($1)) and event_id = any($2::uuid[])
       and occurred_at >= to_timestamp($3 / 1000.0) and occurred_at <= to_timestamp($4 / 1000.0)
     order by occurred_at, event_id`,
    [projectIds, ids, since, until],
  )
  return rows
}

export interface EventMark {
  isRead?: boolean
  note?: string
}

/** Returns how many events were touched. `projectId` null: any project. */
export async function markEventsById(db: Queryable, projectId: number | null, ids: readonly string[], mark: EventMark): Promise<number> {
  const { rowCount } = await db.query(
    `update security_events set is_read = coalesce($3, is_read), note = coalesce($4, note)
     where event_id = any($2::uuid[]) and ($1::int is null or project_id = $1)`,
    [projectId, ids, mark.isRead ?? null, mark.note ?? null],
  )
  return rowCount ?? 0
}

export async function markEventsByFilter(db: Queryable, filter: EventFilterRow, mark: EventMark): Promise<number> {
  const { rowCount } = await db.query(
    `update security_events set is_read = coalesce($8, is_read), note = coalesce($9, note) where ${FILTER}`,
    [...filterValues(filter), mark.isRead ?? null, mark.note ?? null],
  )
  return rowCount ?? 0
}

const GROUP_COLUMNS = {
  ipAddress: 'host(ip_address)',
  origin: 'origin',
  eventType: 'event_type',
  severity: 'severity',
  fingerprint: 'fingerprint',
  endpoint: 'endpoint',
} as const

export interface EventGroup {
  key: string | null
  count: number
  firstSeen: number
  lastSeen: number
}

/** The hundred largest groups; `count` adds up the events folded into each row. */
export async function summariseEvents(
  db: Queryable, groupBy: keyof typeof GROUP_COLUMNS, filter: { projectId?: number; since?: number },
): Promise<EventGroup[]> {
  const { rows } = await db.query<EventGroup>(
    `select ${GROUP_COLUMNS[groupBy]} as key, sum(count)::int as count, min(occurred_at) as "firstSeen", max(last_seen_at) as "lastSeen"
     from security_events
     where ($1::int is null or project_id = $1) and ($2::float8 is null or occurred_at >= to_timestamp($2 / 1000.0))
     group by 1 order by 2 desc, 1 limit 100`,
    [filter.projectId ?? null, filter.since ?? null],
  )
  return rows
}
