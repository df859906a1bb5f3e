/** Pages of events, one event, and what else there is of its source, its user and its time. */
import type { Queryable } from '../queryable.ts'
import { EVENT_COLUMNS, type EventRow } from './event-columns.ts'
import { type EventFilterRow, Where } from './event-filter.ts'

export interface EventPage {
  sort: 'newest' | 'oldest'
  after: Pick<EventRow, 'occurredAt' | 'id'> | null
  limit: number
}
const ORDERS = {
  newest: { by: 'e.occurred_at desc, e.event_id desc', beyond: '<', from: '<=' },
  oldest: { by: 'e.occurred_at, e.event_id', beyond: '>', from: '>=' },
} as const

/**
 * Of several severities or types each is looked up by itself, and the page is made of what comes first: an index gives the order of one
 * value only, and one that is rare would otherwise be looked for in all the others.
 */
export async function listEvents(db: Queryable, filter: EventFilterRow, page: EventPage): Promise<EventRow[]> {
  const branches = branchesOf(filter)
  if (branches.length > 1) {
    const pages = await Promise.all(branches.map((branch) => listEvents(db, branch, page)))
    const sign = page.sort === 'newest' ? -1 : 1
    return pages.flat().toSorted((a, b) => sign * (a.occurredAt - b.occurredAt || (a.id < b.id ? -1 : 1))).slice(0, page.limit)
  }
  const where = new Where(filter)
  const { by, beyond, from } = ORDERS[page.sort]
  if (page.after !== null) {
    const at = `to_timestamp(${where.bind(page.after.occurredAt)}::float8 / 1000.0)`
    // The first of the two says which partitions need not be looked at.
    where.and(`e.occurred_at ${from} ${at} and (e.occurred_at, e.event_id) ${beyond} (${at}, ${where.bind(page.after.id)}::uuid)`)
  }
  const { rows } = await db.query<EventRow>(
    `select ${EVENT_COLUMNS} from security_events e where ${where.text} order by ${by} limit ${where.bind(page.limit)}`, where.values)
  return rows
}

function branchesOf(filter: EventFilterRow): EventFilterRow[] {
  const { severities = [], eventTypes = [] } = filter
  if (severities.length > 1) return severities.map((severity) => ({ ...filter, severities: [severity] }))
  return eventTypes.length > 1 ? eventTypes.map((type) => ({ ...filter, eventTypes: [type] })) : [filter]
}

/** A UUIDv7 says when it was made, and events are dated by it: a row is found by time and id, in one partition. null: of another kind. */
function madeAt(id: string): number | null {
  return id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null
}

/**
 * Where these rows are; ids of other kinds are looked for in all partitions. The ids are not `= any`: with two arrays, PostgreSQL before 17
 * would look every pair of them up in the index.
 */
export function locate(ids: readonly string[], where: Where): string {
  const dated = ids.flatMap((id) => {
    const at = madeAt(id)
    return at === null ? [] : [{ id, at: new Date(at).toISOString() }]
  })
  const others = ids.filter((id) => madeAt(id) === null)
  const parts: string[] = []
  if (dated.length > 0) {
    parts.push(`(e.occurred_at = any(${where.bind(dated.map(({ at }) => at))}::timestamptz[]) and array_position(${where.bind(dated.map(({ id }) => id))}::uuid[], e.event_id) is not null)`)
  }
  if (others.length > 0) parts.push(`e.event_id = any(${where.bind(others)}::uuid[])`)
  return parts.length === 0 ? 'false' : `(${parts.join(' or ')})`
}

/** @param projectId null: any */
export async function findEvent(db: Queryable, projectId: number | null, id: string): Promise<EventRow | null> {
  const where = new Where(projectId === null ? {} : { projectId })
  where.and(locate([id], where))
  const { rows } = await db.query<EventRow>(`select ${EVENT_COLUMNS} from security_events e where ${where.text} limit 1`, where.values)
  return rows[0] ?? null
}

/** Which of these rows are the first of their type from their address in their project. */
export async function findFirstOccurrences(db: Queryable, rows: readonly EventRow[]): Promise<Set<string>> {
  // Of several rows of a page only the oldest can be.
  const oldest = new Map<string, EventRow>()
  for (const row of rows) {
    if (row.ipAddress === null) continue
    const key = `${row.projectId} ${row.eventType} ${row.ipAddress}`
    const known = oldest.get(key)
    if (known === undefined || row.occurredAt < known.occurredAt || (row.occurredAt === known.occurredAt && row.id < known.id)) oldest.set(key, row)
  }
  const asked = [...oldest.values()]
  if (asked.length === 0) return new Set()
  const { rows: found } = await db.query<{ id: string }>(
    `select k.id from unnest($1::int[], $2::inet[], $3::text[], $4::float8[], $5::uuid[]) as k (project_id, ip, type, at, id)
     where not exists (
       select from security_events p
       where p.project_id = k.project_id and p.ip_address = k.ip and p.event_type = k.type and p.occurred_at <= to_timestamp(k.at / 1000.0)
         and (p.occurred_at < to_timestamp(k.at / 1000.0) or p.event_id < k.id))`,
    [asked.map((row) => row.projectId), asked.map((row) => row.ipAddress), asked.map((row) => row.eventType), asked.map((row) => row.occurredAt), asked.map((row) => row.id)],
  )
  return new Set(found.map(({ id }) => id))
}

/** What the filter matches without this one: the newest `limit`, and how many there are, counted up to `countTo`. */
export async function listRelated(
  db: Queryable, filter: EventFilterRow, but: string, { limit, countTo }: { limit: number; countTo: number },
): Promise<{ rows: EventRow[]; total: number }> {
  const where = new Where(filter)
  where.and(`e.event_id <> ${where.bind(but)}::uuid`)
  const counting = `select count(*)::int as total from (select from security_events e where ${where.text} limit ${where.bind(countTo)}) counted`
  const [rows, { rows: [count] }] = await Promise.all([
    listEvents(db, filter, { sort: 'newest', after: null, limit: limit + 1 }), db.query<{ total: number }>(counting, where.values),
  ])
  return { rows: rows.filter(({ id }) => id !== but).slice(0, limit), total: count?.total ?? 0 }
}

export interface NamingAlert {
  id: string
  rule: string
  title: string
  state: 'pending' | 'firing' | 'resolved'
  severity: EventRow['severity']
  startsAt: number
}
/** An alert begins with, or some time after, the first of its lines. */
const LONGEST_TIMESPAN_MS = 31 * 86_400_000

/** Alerts of the event’s project that name it among their first lines; `ofInstallation` adds those of the installation. */
export async function listNamingAlerts(db: Queryable, { id, projectId, occurredAt }: EventRow, ofInstallation: boolean): Promise<NamingAlert[]> {
  const { rows } = await db.query<NamingAlert>(
    `select alert_id as id, rule, title, state, severity, starts_at as "startsAt" from alerts
     where project_id = any($1::int[]) and evidence @> to_jsonb(array[$2::text])
       and starts_at between to_timestamp(($3::float8 - 60000) / 1000.0) and to_timestamp(($3::float8 + $4::float8) / 1000.0)
     order by starts_at desc limit 20`,
    [ofInstallation ? [projectId, 0] : [projectId], id, occurredAt, LONGEST_TIMESPAN_MS],
  )
  return rows
}
