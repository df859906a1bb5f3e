/** What people say of events: looked at, a note, told to others. */
import type { Queryable } from '../queryable.ts'
import { type EventFilterRow, Where } from './event-filter.ts'
import { locate } from './event-lists.ts'

export interface EventMark {
  isRead?: boolean
  note?: string
}

/** Rows that the mark would leave as they are do not count: so every call of many gets on. */
function changing(where: Where, { isRead, note }: EventMark): Where {
  const parts: string[] = []
  if (isRead !== undefined) parts.push(isRead ? 'not e.is_read' : 'e.is_read')
  if (note !== undefined) parts.push(`e.note is distinct from ${where.bind(note)}::text`)
  return where.and(`(${parts.join(' or ')})`)
}

/** How many would change, counted up to `limit`. */
export async function countMarkable(db: Queryable, filter: EventFilterRow, ids: readonly string[] | undefined, mark: EventMark, limit: number): Promise<number> {
  const where = changing(selecting(filter, ids), mark)
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from (select from security_events e where ${where.text} limit ${where.bind(limit)}) counted`, where.values)
  return rows[0]?.count ?? 0
}

/** Inside a transaction. Marks up to `limit`; returns how many are different now. */
export async function markEvents(db: Queryable, filter: EventFilterRow, ids: readonly string[] | undefined, mark: EventMark, limit: number): Promise<number> {
  const where = changing(selecting(filter, ids), mark)
  const limited = where.bind(limit)
  // The times again, as an array: by the join alone the planner would read all partitions to hash them (a million rows, measured).
  // What another writes at this moment is left for the next call: waiting for it, two could wait for each other.
  const { rowCount } = await db.query(
    `with chosen as materialized (
       select e.project_id, e.occurred_at, e.event_id from security_events e where ${where.text} limit ${limited} for no key update skip locked
     )
     update security_events e set is_read = coalesce(${where.bind(mark.isRead ?? null)}::boolean, e.is_read), note = coalesce(${where.bind(mark.note ?? null)}::text, e.note)
     from chosen c
     where (e.project_id, e.occurred_at, e.event_id) = (c.project_id, c.occurred_at, c.event_id) and e.occurred_at = any(array(select occurred_at from chosen))`,
    where.values,
  )
  return rowCount ?? 0
}

function selecting(filter: EventFilterRow, ids: readonly string[] | undefined): Where {
  const where = new Where(filter)
  return ids === undefined ? where : where.and(locate(ids, where))
}

/** Inside a transaction. A note is added to what stands there. */
export async function noteEscalation(
  db: Queryable, event: { projectId: number; occurredAt: number; id: string }, said: { note: string; escalated: object },
): Promise<void> {
  await db.query(
    `update security_events set note = left(case when coalesce(note, '') = '' then '' else note || E'\\n' end || $4, 4000), detail = detail || jsonb_build_object('escalated', $5::jsonb)
     where project_id = $1 and occurred_at = to_timestamp($2 / 1000.0) and event_id = $3`,
    [event.projectId, event.occurredAt, event.id, said.note, JSON.stringify(said.escalated)],
  )
}
