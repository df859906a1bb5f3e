/**
 * Counts of the ledger by the hour: made once an hour is over, made again when a line came late, and always what a count over the
 * ledger itself would say. Everything here runs inside the one transaction of whoever holds the lock.
 */
import type { PoolClient } from 'pg'
import { ADVISORY_LOCKS } from '../advisory-locks.ts'
import { LATENCY_COUNTS } from '../../server/ledger/latency.ts'
import type { Queryable } from '../queryable.ts'
import { EVENT_DIMENSIONS, EVENT_KEYS, MOST_KEYS, OTHERS, type Place, VOTE_DIMENSIONS, VOTE_KEYS } from './hourly-dimensions.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A day of a large installation takes longer than a request may. */
const COUNTING_TIMEOUT_MS = 60_000

export interface HourlyPosition {
  /** Every hour before is counted. */
  until: number
  /** By the database’s clock: lines it saw since then are still to be looked for. */
  checkedAt: number
}

/** null: nothing has been counted yet. */
export async function readHourlyPosition(db: Queryable): Promise<HourlyPosition | null> {
  const { rows } = await db.query<HourlyPosition>({
    name: 'hourly-position', text: 'select until, checked_at as "checkedAt" from hourly_position where project_id = 0',
  })
  return rows[0] ?? null
}

/** false: another node is counting. Held until the transaction ends. */
export async function takeHourlyLock(client: PoolClient): Promise<boolean> {
  await client.query(`set local statement_timeout = ${COUNTING_TIMEOUT_MS}`)
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_xact_lock($1) as taken', [ADVISORY_LOCKS.hourly])
  return rows[0]?.taken === true
}

export async function writeHourlyPosition(client: PoolClient, { until, checkedAt }: HourlyPosition): Promise<void> {
  await client.query(
    `insert into hourly_position (project_id, until, checked_at) values (0, to_timestamp($1 / 1000.0), to_timestamp($2 / 1000.0))
     on conflict (project_id) do update set until = excluded.until, checked_at = excluded.checked_at`,
    [until, checkedAt],
  )
}

/** The database’s clock, and the first day the ledger can have lines of: that of its oldest partition. */
export async function readLedgerBounds(client: PoolClient): Promise<{ now: number; first: number | null }> {
  const { rows: [row] } = await client.query<{ now: number; first: number | null }>(`
    select clock_timestamp() as now, least(
      (select min(to_date(right(c.relname, 8), 'YYYYMMDD'))::timestamp at time zone 'UTC' from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent in ('security_events'::regclass, 'decisions'::regclass, 'traffic'::regclass) and c.relname ~ '_[0-9]{8}$'),
      (select min(occurred_at) from security_events_default), (select min(decided_at) from decisions_default),
      (select min(occurred_at) from traffic_default)) as first`)
  if (row === undefined) throw new Error('the bounds of the ledger came back without a row')
  return row
}

/** Hours before `until` that got a line, or one more count, after `since` (the database’s clock). In order. */
export async function findLateHours(client: PoolClient, until: number, since: number): Promise<number[]> {
  const { rows } = await client.query<{ hour: number }>(
    `select distinct date_bin('1 hour', at, 'epoch'::timestamptz) as hour from (
       select occurred_at as at from security_events where recorded_at >= to_timestamp($2 / 1000.0) and occurred_at < to_timestamp($1 / 1000.0)
       union all
       select decided_at from decisions where recorded_at >= to_timestamp($2 / 1000.0) and decided_at < to_timestamp($1 / 1000.0)
       union all
       select occurred_at from traffic where recorded_at >= to_timestamp($2 / 1000.0) and occurred_at < to_timestamp($1 / 1000.0)
     ) late order by 1`,
    [until, since],
  )
  return rows.map(({ hour }) => hour)
}

/** Those hours, and the days they are in from the first on, count as not counted yet. @param before Infinity: all from there on */
export async function forgetHours(client: PoolClient, from: number, before = Number.POSITIVE_INFINITY): Promise<void> {
  const range = 'at >= to_timestamp($1 / 1000.0) and at < to_timestamp($2::float8 / 1000.0)'
  // Named, so that the index finds them.
  const all = `source = any('{vote,event}') and dimension = any($3)`
  const dimensions = [...new Set<string>([...VOTE_DIMENSIONS, ...EVENT_DIMENSIONS])]
  const end = Number.isFinite(before) ? before : 'Infinity'
  await client.query(`delete from hourly_counts where ${all} and ${range}`, [from, end, dimensions])
  await client.query(`delete from daily_counts where ${all} and ${range}`, [dayOf(from), end, dimensions])
  await client.query(`delete from hourly_traffic where ${range}`, [from, end])
}

export const dayOf = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS

/** Counts whole hours of which nothing is counted yet. `places` says where the events’ addresses are (`findAddresses`). */
export async function countHours(client: PoolClient, from: number, to: number, places: readonly Place[]): Promise<void> {
  await client.query(COUNT_VOTES, [from, to])
  await client.query(COUNT_EVENTS, [from, to, places.map((p) => p.address), places.map((p) => p.country), places.map((p) => p.asn)])
  await client.query(COUNT_TRAFFIC, [from, to])
}

/** Sums the hours of whole days, of which nothing is summed yet. */
export async function countDays(client: PoolClient, from: number, to: number): Promise<void> {
  await client.query(
    `with sums as (
       select project_id, source, dimension, date_bin('1 day', at, 'epoch'::timestamptz) as at, key, sum(count)::bigint as count, sum(held)::bigint as held
       from hourly_counts where at >= to_timestamp($1 / 1000.0) and at < to_timestamp($2 / 1000.0) group by 1, 2, 3, 4, 5
     ) ${keepLargest('daily_counts')}`,
    [from, to],
  )
}

/** The addresses events came from, the busiest first. */
export async function findAddresses(db: Queryable, from: number, to: number, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ address: string }>(
    `select host(ip_address) as address from security_events
     where occurred_at >= to_timestamp($1 / 1000.0) and occurred_at < to_timestamp($2 / 1000.0) and ip_address is not null
     group by ip_address order by sum(count) desc, ip_address limit $3`,
    [from, to, limit],
  )
  return rows.map(({ address }) => address)
}

/** From `sums (project_id, source, dimension, at, key, count, held)`. */
function keepLargest(table: 'hourly_counts' | 'daily_counts'): string {
  return `, ranked as (
      select *, row_number() over (partition by project_id, source, dimension, at order by key = '${OTHERS}', count desc, key) as rank from sums
    )
    insert into ${table} (project_id, source, dimension, at, key, count, held)
    select project_id, source, dimension, at, case when rank > ${MOST_KEYS} then '${OTHERS}' else key end, sum(count), sum(held)
    from ranked group by 1, 2, 3, 4, 5`
}

const entries = <Name extends string>(names: readonly Name[], keys: Readonly<Record<Name, string>>): string =>
  names.map((name) => `('${name}', ${keys[name]})`).join(', ')

const COUNT_VOTES = `
  with sums as (
    select d.project_id, 'vote' as source, x.dimension, date_bin('1 hour', d.decided_at, 'epoch'::timestamptz) as at, x.key,
      count(*) as count, count(*) filter (where d.state = 'h') as held
    from decisions d cross join lateral (values ${entries(VOTE_DIMENSIONS, VOTE_KEYS)}) as x (dimension, key)
    where d.decided_at >= to_timestamp($1 / 1000.0) and d.decided_at < to_timestamp($2 / 1000.0) and d.value = '1'
    group by 1, 3, 4, 5
  ) ${keepLargest('hourly_counts')}`

const COUNT_EVENTS = `
  with places as (select address::inet as address, country, asn from unnest($3::text[], $4::text[], $5::text[]) as p (address, country, asn)),
  sums as (
    select e.project_id, 'event' as source, x.dimension, date_bin('1 hour', e.occurred_at, 'epoch'::timestamptz) as at, x.key,
      sum(e.count)::bigint as count, 0::bigint as held
    from security_events e left join places p on p.address = e.ip_address
    cross join lateral (values ${entries(EVENT_DIMENSIONS, EVENT_KEYS)}) as x (dimension, key)
    where e.occurred_at >= to_timestamp($1 / 1000.0) and e.occurred_at < to_timestamp($2 / 1000.0)
    group by 1, 3, 4, 5
  ) ${keepLargest('hourly_counts')}`

/** Sums of `latency`, count by count. */
export const latencySums = (column: string, counts: number): string =>
  `array[${Array.from({ length: counts }, (_, n) => `coalesce(sum(${column}[${n + 1}]), 0)::bigint`).join(', ')}]`

const COUNT_TRAFFIC = `
  insert into hourly_traffic (project_id, at, endpoint, status, requests, denied, accepted, refused, duration_ms, latency)
  select project_id, date_bin('1 hour', occurred_at, 'epoch'::timestamptz), endpoint, status, sum(requests), sum(denied), sum(accepted), sum(refused),
    sum(duration_ms::float8), ${latencySums('latency', LATENCY_COUNTS)}
  from traffic where occurred_at >= to_timestamp($1 / 1000.0) and occurred_at < to_timestamp($2 / 1000.0)
  group by 1, 2, 3, 4`
