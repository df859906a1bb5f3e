/**
 * Figures over a span of time, in parts that lie next to each other: whole days and hours that are counted (hourly.ts), and the rest
 * read from the ledger. Ask within one snapshot (`inSnapshot`): an hour is counted again when a line comes late.
 */
import type { PoolClient } from 'pg'
import type { Severity } from '../../server/contract/primitives.ts'
import { LATENCY_COUNTS } from '../../server/ledger/latency.ts'
import { type Pool, type Queryable, inTransaction } from '../queryable.ts'
import { latencySums } from './hourly.ts'
import {
  type EventDimension, EVENT_KEYS, type Place, VOTE_KEYS, type VoteDimension, needsPlaces,
} from './hourly-dimensions.ts'

/** Milliseconds. [from, days) and [days, live) are counted, [live, to) is not; with `days` = `from` none of it is summed by day. */
export interface Parts {
  from: number
  days: number
  live: number
  to: number
}
/** null: of every project, and of none. */
export type Scope = number | null

/** All queries of `work` see the same state of the database. */
export async function inSnapshot<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return await inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only')
    return await work(client)
  })
}

const within = (column: string, from: string, to: string): string => `${column} >= to_timestamp(${from} / 1000.0) and ${column} < to_timestamp(${to} / 1000.0)`
const binned = (column: string): string => `date_bin(make_interval(secs => $4::float8 / 1000), ${column}, 'epoch'::timestamptz)`

export interface TrafficSum {
  at: number
  /** page: what pages ask. sign_in: operators’ passwords. operator: the other calls of operators. other: health checks, assets, what does not exist. */
  area: 'page' | 'sign_in' | 'operator' | 'other'
  requests: number
  denied: number
  /** Answered 5xx. */
  errors: number
  accepted: number
  refused: number
  durationMs: number
  latency: number[]
}

/** What was asked, by bucket and area. Whole hours from `parts.live` back are counted; nothing is summed by day. */
export async function sumTraffic(db: Queryable, scope: Scope, { from, live, to }: Parts, bucketMs: number): Promise<TrafficSum[]> {
  const { rows } = await db.query<Omit<TrafficSum, 'latency'> & { latency: (string | number)[] }>(
    `with lines as (
       select at, endpoint, status, requests, denied, accepted, refused, duration_ms, latency from hourly_traffic
       where ($5::int is null or project_id = $5) and ${within('at', '$1', '$2')}
       union all
       select occurred_at, endpoint, status, requests::bigint, denied::bigint, accepted::bigint, refused::bigint, duration_ms::float8, latency::bigint[] from traffic
       where ($5::int is null or project_id = $5) and ${within('occurred_at', '$2', '$3')}
     )
     select ${binned('at')} as at,
       case when endpoint like '% /api/widget/%' then 'page' when endpoint = 'POST /api/operator/v1/session' then 'sign_in'
         when endpoint like '% /api/%' then 'operator' else 'other' end as area,
       sum(requests)::float8 as requests, sum(denied)::float8 as denied, coalesce(sum(requests) filter (where status = 5), 0)::float8 as errors,
       sum(accepted)::float8 as accepted, sum(refused)::float8 as refused, sum(duration_ms)::float8 as "durationMs",
       ${latencySums('latency', LATENCY_COUNTS)}::float8[] as latency
     from lines group by 1, 2 order by 1, 2`,
    [from, live, to, bucketMs, scope],
  )
  return rows.map((row) => ({ ...row, latency: row.latency.map(Number) }))
}

export interface VoteSum {
  at: number
  votes: number
  held: number
}

/** Votes that were set, as they were judged on arrival, by bucket. */
export async function sumVotes(db: Queryable, scope: Scope, { from, live, to }: Parts, bucketMs: number): Promise<VoteSum[]> {
  const { rows } = await db.query<VoteSum>(
    `with lines as (
       select at, count, held from hourly_counts
       where ($5::int is null or project_id = $5) and source = 'vote' and dimension = 'total' and ${within('at', '$1', '$2')}
       union all
       select decided_at, 1::bigint, (state = 'h')::int::bigint from decisions
       where ($5::int is null or project_id = $5) and value = '1' and ${within('decided_at', '$2', '$3')}
     )
     select ${binned('at')} as at, sum(count)::float8 as votes, sum(held)::float8 as held from lines group by 1 order by 1`,
    [from, live, to, bucketMs, scope],
  )
  return rows
}

export interface EventSum {
  at: number
  severity: Severity
  events: number
}

/** Security events by bucket and severity, each counted as often as it happened. */
export async function sumEvents(db: Queryable, scope: Scope, { from, live, to }: Parts, bucketMs: number): Promise<EventSum[]> {
  const { rows } = await db.query<EventSum>(
    `with lines as (
       select at, split_part(key, ' ', 2) as severity, count from hourly_counts
       where ($5::int is null or project_id = $5) and source = 'event' and dimension = 'kind' and ${within('at', '$1', '$2')}
       union all
       select e.occurred_at, e.severity, e.count::bigint from security_events e
       where ($5::int is null or e.project_id = $5) and ${within('e.occurred_at', '$2', '$3')}
     )
     select ${binned('at')} as at, severity, sum(count)::float8 as events from lines group by 1, 2 order by 1, 2`,
    [from, live, to, bucketMs, scope],
  )
  return rows
}

export interface SourceSum {
  /** '': not known. '*': those too small to be kept apart. */
  key: string
  count: number
  held: number
}

const counted = (source: 'vote' | 'event', dimension: string): string => `
  select key, count, held from daily_counts
  where ($5::int is null or project_id = $5) and source = '${source}' and dimension = '${dimension}' and ${within('at', '$1', '$2')}
  union all
  select key, count, held from hourly_counts
  where ($5::int is null or project_id = $5) and source = '${source}' and dimension = '${dimension}' and ${within('at', '$2', '$3')}`

export async function sumVotesBy(db: Queryable, scope: Scope, dimension: VoteDimension, { from, days, live, to }: Parts): Promise<SourceSum[]> {
  const { rows } = await db.query<SourceSum>(
    `with lines as (
       ${counted('vote', dimension)}
       union all
       select ${VOTE_KEYS[dimension]}, 1::bigint, (d.state = 'h')::int::bigint from decisions d
       where ($5::int is null or d.project_id = $5) and d.value = '1' and ${within('d.decided_at', '$3', '$4')}
     )
     select key, sum(count)::float8 as count, sum(held)::float8 as held from lines group by key`,
    [from, days, live, to, scope],
  )
  return rows
}

/** @param places where the addresses of events since `parts.live` are; for countries and autonomous systems */
export async function sumEventsBy(
  db: Queryable, scope: Scope, dimension: EventDimension, { from, days, live, to }: Parts, places: readonly Place[],
): Promise<SourceSum[]> {
  const located = needsPlaces(dimension)
  const { rows } = await db.query<SourceSum>(
    `with ${located ? 'places as (select address::inet as address, country, asn from unnest($6::text[], $7::text[], $8::text[]) as p (address, country, asn)),' : ''}
     lines as (
       ${counted('event', dimension)}
       union all
       select ${EVENT_KEYS[dimension]}, e.count::bigint, 0::bigint from security_events e ${located ? 'left join places p on p.address = e.ip_address' : ''}
       where ($5::int is null or e.project_id = $5) and ${within('e.occurred_at', '$3', '$4')}
     )
     select key, sum(count)::float8 as count, sum(held)::float8 as held from lines group by key`,
    [from, days, live, to, scope, ...(located ? [places.map((p) => p.address), places.map((p) => p.country), places.map((p) => p.asn)] : [])],
  )
  return rows
}
