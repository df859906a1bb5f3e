/** What the database itself says an answer of the dashboard is: plain SQL over the ledger, as slow as it likes. */
import type { Queryable } from '../../db/queryable.ts'
import type { Check } from './dashboard-calls.ts'

const PAGE = 50

export const EVENT_ROWS = (where: string, oldest = false, limit = PAGE): string => {
  const order = oldest ? '' : ' desc'
  return `select e.event_id as id from security_events e where ${where} order by e.occurred_at${order}, e.event_id${order} limit ${limit}`
}

export const ALERT_ROWS = (where: string): string =>
  `select a.alert_id as id from alerts a where ${where} order by a.starts_at desc, a.alert_id limit ${PAGE}`

/** A condition may speak of the vote `v`, its decision `d`, its `holder` and the `cohorts` it is held for. */
export const VOTE_ROWS = (projectId: number, where: string): string => `
  select v.item_id || ':' || v.voter as id from votes v
  ${/\bd\.|holder|cohorts/.test(where) ? 'join decisions d using (project_id, item_id, voter)' : ''}
  ${/holder|cohorts/.test(where) ? `left join lateral (
    select case when a.cohort_id is null then 'moderator' else 'cohort' end as layered, a.cohort_id
    from invalidated_votes i join invalidations a using (project_id, invalidation_id)
    where i.project_id = v.project_id and i.item_id = v.item_id and i.voter = v.voter and not i.ended order by i.invalidation_id desc limit 1
  ) l on v.state = 'h'
  cross join lateral (select coalesce(l.layered, d.held_for) as holder, array[l.cohort_id, d.cohort_id] as cohorts) x` : ''}
  where v.project_id = ${projectId} and ${where} order by v.cast_at desc, v.item_id desc, v.voter desc limit ${PAGE}`

/** The list `field` of the answer has exactly the rows of `sql`, in their order; `keys` are compared. */
export const expectRows = (field: string, sql: string, keys: readonly string[]): Check => async (body, db) => {
  const answered = listOf(body, field).map((row) => keys.map((name) => String(row[name])).join(' '))
  const { rows } = await db.query<Record<string, unknown>>(sql)
  const right = rows.map((row) => keys.map((name) => String(row[name])).join(' '))
  return firstDifference(answered, right, field)
}

/** Hundred groups by their counts; those that are equal in count may stand in any order. */
export const expectSummary = (groupBy: string, where: string, until: number): Check => async (body, db) => {
  const column = COLUMN_OF[groupBy] ?? groupBy
  const { since } = JSON.parse(body) as { since: number }
  const { rows } = await db.query<{ key: string | null; count: number }>(
    `select ${column} as key, sum(e.count)::int as count from security_events e
     where ${where} and e.occurred_at >= to_timestamp($1 / 1000.0) and e.occurred_at < to_timestamp($2 / 1000.0) group by 1 order by 2 desc, 1`, [since, until])
  const right = new Map(rows.map(({ key, count }) => [String(key), count]))
  const answered = listOf(body, 'groups')
  if (answered.length !== Math.min(100, rows.length)) return `${answered.length} groups instead of ${Math.min(100, rows.length)}`
  const wrong = answered.find((group) => right.get(String(group['key'])) !== group['count'])
  if (wrong !== undefined) return `${String(wrong['key'])} counts ${String(wrong['count'])} instead of ${right.get(String(wrong['key'])) ?? 'nothing'}`
  return answered.at(-1)?.['count'] === rows[answered.length - 1]?.count ? undefined : 'these are not the most frequent'
}
const COLUMN_OF: Record<string, string> = { ipAddress: 'host(e.ip_address)', origin: 'e.origin', eventType: 'e.event_type', severity: 'e.severity', fingerprint: 'e.fingerprint', endpoint: 'e.endpoint' }

const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const

export const expectStats = (where: string): Check => async (body, db) => {
  const answer = JSON.parse(body) as { since: number; until: number; buckets: Record<string, number>[]; byType: { eventType: string; count: number }[]; unread: Record<string, number> }
  const within = `${where} and e.occurred_at >= to_timestamp(${answer.since} / 1000.0) and e.occurred_at < to_timestamp(${answer.until} / 1000.0)`
  const counts = `select ${SEVERITIES.map((name) => `coalesce(sum(e.count) filter (where e.severity = '${name}'), 0)::int as ${name}`).join(', ')} from security_events e where ${within}`
  const { rows: [right] } = await db.query<Record<string, number>>(counts)
  const { rows: types } = await db.query<{ eventType: string; count: number }>(`select e.event_type as "eventType", sum(e.count)::int as count from security_events e where ${within} group by 1`)
  const { rows: [unread] } = await db.query<Record<string, number>>(
    `select ${SEVERITIES.map((name) => `count(*) filter (where e.severity = '${name}')::int as ${name}`).join(', ')} from security_events e where ${where} and not e.is_read`)
  for (const name of SEVERITIES) {
    const added = answer.buckets.reduce((sum, bucket) => sum + (bucket[name] ?? 0), 0)
    if (added !== right?.[name]) return `${added} ${name} events instead of ${right?.[name] ?? 'none'}`
    if (answer.unread[name] !== unread?.[name]) return `${answer.unread[name] ?? 'no'} unread ${name} events instead of ${unread?.[name] ?? 'none'}`
  }
  const wrong = types.find(({ eventType, count }) => answer.byType.find((type) => type.eventType === eventType)?.count !== count)
  return wrong === undefined ? undefined : `${wrong.eventType} is not counted ${wrong.count} times`
}

/** @param projectId null: all, and what belongs to none */
export const expectTraffic = (projectId: number | null): Check => async (body, db) => {
  interface Figures { requests: number; denied: number; errors: number; votes: number; held: number; events: Record<string, number> }
  const { since, until, buckets, total } = JSON.parse(body) as { since: number; until: number; buckets: Figures[]; total: Figures }
  const within = (column: string): string => `${projectId === null ? 'true' : `project_id = ${projectId}`} and ${column} >= to_timestamp(${since} / 1000.0) and ${column} < to_timestamp(${until} / 1000.0)`
  const { rows: [requests] } = await db.query<{ requests: number; errors: number }>(
    `select coalesce(sum(requests), 0)::int as requests, coalesce(sum(requests) filter (where status = 5), 0)::int as errors from traffic
     where ${within('occurred_at')} and endpoint like '% /api/widget/%'`)
  const { rows: [votes] } = await db.query<{ votes: number; held: number }>(
    `select count(*)::int as votes, count(*) filter (where state = 'h')::int as held from decisions where ${within('decided_at')} and value = '1'`)
  const { rows: [events] } = await db.query<Record<string, number>>(
    `select ${SEVERITIES.map((name) => `coalesce(sum(count) filter (where severity = '${name}'), 0)::int as ${name}`).join(', ')} from security_events where ${within('occurred_at')}`)
  const sum = (pick: (figures: Figures) => number): number => buckets.reduce((all, bucket) => all + pick(bucket), 0)
  const wrong = [
    ['requests', total.requests, requests?.requests], ['requests of all buckets', sum((bucket) => bucket.requests), requests?.requests], ['errors', total.errors, requests?.errors],
    ['votes', total.votes, votes?.votes], ['votes of all buckets', sum((bucket) => bucket.votes), votes?.votes], ['held', total.held, votes?.held],
    ...SEVERITIES.map((name) => [`${name} events`, total.events[name], events?.[name]] as const),
  ].find(([, answered, right]) => answered !== right)
  return wrong === undefined ? undefined : `${wrong[0]}: ${wrong[1]} instead of ${wrong[2]}`
}

/** Votes by when they were last cast, in the state they have now. @param where over `votes` */
export const expectHistory = (where: string): Check => async (body, db) => {
  const { since, until, buckets } = JSON.parse(body) as { since: number; until: number; buckets: Record<string, number>[] }
  const { rows: [right] } = await db.query<Record<string, number>>(
    `select ${Object.entries(STATES).map(([name, code]) => `count(*) filter (where state = '${code}')::int as ${name}`).join(', ')} from votes
     where ${where} and value = '1' and superseded_by is null and cast_at >= to_timestamp($1 / 1000.0) and cast_at < to_timestamp($2 / 1000.0)`, [since, until])
  const wrong = Object.keys(STATES).find((name) => buckets.reduce((sum, bucket) => sum + (bucket[name] ?? 0), 0) !== right?.[name])
  return wrong === undefined ? undefined : `the buckets add up to another count than ${right?.[wrong] ?? 'none'} ${wrong}`
}
const STATES = { counted: 'c', held: 'h', invalidated: 'i' } as const

/** Every item with its tallies, recounted. */
export const expectTallies = (projectId: number): Check => async (body, db) => {
  const { rows } = await db.query<{ id: string; counted: number; held: number; invalidated: number }>(
    `select i.item_id::text as id, count(*) filter (where v.state = 'c')::int as counted, count(*) filter (where v.state = 'h')::int as held, count(*) filter (where v.state = 'i')::int as invalidated
     from items i left join votes v on v.project_id = i.project_id and v.item_id = i.item_id and v.value = '1' and v.superseded_by is null where i.project_id = $1 group by 1`, [projectId])
  const items = listOf(body, 'items')
  if (items.length !== rows.length) return `${items.length} items instead of ${rows.length}`
  const wrong = rows.find(({ id, counted, held, invalidated }) => {
    const votes = items.find((item) => item['id'] === id)?.['votes'] as { counted: number; held: number; invalidated: number } | undefined
    return votes?.counted !== counted || votes.held !== held || votes.invalidated !== invalidated
  })
  return wrong === undefined ? undefined : `item ${wrong.id} has other votes than ${wrong.counted} counted, ${wrong.held} held, ${wrong.invalidated} invalidated`
}

function listOf(body: string, field: string): Record<string, unknown>[] {
  const list: unknown = (JSON.parse(body) as Record<string, unknown>)[field]
  if (!Array.isArray(list)) throw new Error(`the answer has no list of ${field}`)
  return list as Record<string, unknown>[]
}

function firstDifference(answered: readonly string[], right: readonly string[], what: string): string | undefined {
  if (answered.length !== right.length) return `${answered.length} ${what} instead of ${right.length}`
  const at = right.findIndex((row, index) => row !== answered[index])
  return at < 0 ? undefined : `${what} at place ${at} is ${answered[at]} instead of ${right[at]}`
}

const LOOKS = 4

/** One that is wrong is looked at again: what the server itself writes may have come between the answer and the count. */
export async function checkAgain(ask: () => Promise<string>, check: Check, db: Queryable): Promise<string | undefined> {
  let wrong: string | undefined
  for (let look = 0; look < LOOKS; look += 1) {
    wrong = await check(await ask(), db)
    if (wrong === undefined) return undefined
  }
  return wrong
}
