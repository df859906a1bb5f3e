/** Events by what they share, and how many are unread. */
import { EVENT_TYPES, type EventType, type Severity } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'
import { type EventFilterRow, Where } from './event-filter.ts'
import type { Parts } from './pictures.ts'

const GROUPS = {
  ipAddress: { column: 'e.ip_address', text: 'host(key)', type: 'inet' },
  origin: { column: 'e.origin', text: 'key', type: 'text' },
  eventType: { column: 'e.event_type', text: 'key', type: 'text' },
  severity: { column: 'e.severity', text: 'key', type: 'text' },
  fingerprint: { column: 'e.fingerprint', text: 'key', type: 'text' },
  endpoint: { column: 'e.endpoint', text: 'key', type: 'text' },
  errorMessage: { column: 'e.error_message', text: 'key', type: 'text' },
} as const
export type GroupKey = keyof typeof GROUPS

export interface EventGroup {
  key: string | null
  count: number
  firstSeen: number
  lastSeen: number
  isNew: boolean
}

/** The hundred most frequent; `count` adds up the events folded into each row. */
export async function summariseEvents(db: Queryable, groupBy: GroupKey, filter: EventFilterRow & { since: number }): Promise<EventGroup[]> {
  const { column, text, type } = GROUPS[groupBy]
  const where = new Where(filter)
  const { rows } = await db.query<Omit<EventGroup, 'isNew'>>(
    `select ${text} as key, count, "firstSeen", "lastSeen" from (
       select ${column} as key, sum(e.count)::float8 as count, min(e.occurred_at) as "firstSeen", max(e.last_seen_at) as "lastSeen"
       from security_events e where ${where.text} group by 1
     ) g order by count desc, key limit 100`,
    where.values,
  )
  // No index finds a message.
  if (groupBy === 'errorMessage') return rows.map((row) => ({ ...row, isNew: false }))
  // Nothing else of the filter: what is new has not been seen at all.
  const before = new Where({ ...(filter.projectId === undefined ? {} : { projectId: filter.projectId }), until: filter.since }, [rows.flatMap(({ key }) => key ?? [])])
  const { rows: known } = await db.query<{ key: string }>(
    `select ${text} as key from unnest($1::${type}[]) as k (key) where exists (select from security_events e where ${column} = k.key and ${before.text})`, before.values)
  const seen = new Set(known.map(({ key }) => key))
  return rows.map((row) => ({ ...row, isNew: row.key !== null && !seen.has(row.key) }))
}

/** Of the ledger’s rows, with their share of the page. */
const BYTES_OF_ROW = 330

/** Since when there are about so many rows before `until`, by the size of the day partitions; whole days. 0: fewer in all. */
export async function reachOf(db: Queryable, until: number, rows: number): Promise<number> {
  const { rows: days } = await db.query<{ day: string; size: number }>({
    name: 'events-days',
    text: `select right(c.relname, 8) as day, pg_relation_size(c.oid)::float8 as size
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'security_events'::regclass and c.relname ~ '_[0-9]{8}$' order by 1 desc`,
  })
  let gathered = 0
  for (const { day, size } of days) {
    const begin = Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6)))
    if (begin >= until) continue
    gathered += size / BYTES_OF_ROW
    if (gathered > rows) return Math.min(begin + DAY_MS, until - DAY_MS)
  }
  return 0
}
const DAY_MS = 86_400_000

/** How many of each type, the most frequent first: of whole hours what is counted, of the rest of the time the ledger itself. */
export async function sumByType(db: Queryable, projectId: number | null, { from, live, to }: Parts): Promise<{ eventType: EventType; count: number }[]> {
  const { rows } = await db.query<{ eventType: EventType; count: number }>(
    `with lines as (
       select split_part(key, ' ', 1) as type, count from hourly_counts
       where ($4::int is null or project_id = $4) and source = 'event' and dimension = 'kind' and at >= to_timestamp($1 / 1000.0) and at < to_timestamp($2 / 1000.0)
       union all
       select e.event_type, e.count::bigint from security_events e
       where ($4::int is null or e.project_id = $4) and e.occurred_at >= to_timestamp($2 / 1000.0) and e.occurred_at < to_timestamp($3 / 1000.0)
     )
     select type as "eventType", sum(count)::float8 as count from lines where type = any($5::text[]) group by 1 order by 2 desc, 1`,
    [from, live, to, projectId, EVENT_TYPES],
  )
  return rows
}

/** Of these types, those that came before then. */
export async function findKnownTypes(db: Queryable, projectId: number | null, types: readonly EventType[], before: number): Promise<Set<EventType>> {
  const { rows } = await db.query<{ type: EventType }>(
    `select k.type from unnest($1::text[]) as k (type)
     where exists (select from security_events e where e.event_type = k.type and e.occurred_at < to_timestamp($2 / 1000.0) and ($3::int is null or e.project_id = $3))`,
    [types, before, projectId],
  )
  return new Set(rows.map(({ type }) => type))
}

export async function countUnread(db: Queryable, projectId: number | null): Promise<Record<Severity, number>> {
  const { rows } = await db.query<{ severity: Severity; count: number }>(
    `select severity, count(*)::int as count from security_events where not is_read and ($1::int is null or project_id = $1) group by 1`, [projectId])
  const counts = { low: 0, medium: 0, high: 0, critical: 0 }
  for (const { severity, count } of rows) counts[severity] = count
  return counts
}
