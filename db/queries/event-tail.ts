/**
 * The ledger as it grows: rows that a snapshot of the database did not see, new ones and ones whose count went up. Exact: a row
 * carries the transaction that wrote it last (`xmin`), and a snapshot knows of each transaction whether it had been committed.
 *
 * The index on `recorded_at` is what makes it cheap, and it needs a bound: what a snapshot does not see was recorded no earlier than
 * the oldest statement or writing transaction that was under way before it was taken. So that is asked first, and the snapshot after.
 */
import type { StreamPoint, StreamPosition } from '../../server/ledger/stream-position.ts'
import type { Queryable } from '../queryable.ts'
import { EVENT_COLUMNS, type EventRow } from './event-columns.ts'

/** A database’s clock is set back by no more than this. */
const CLOCK_SLACK_MS = 2000
/** Between the clock of a node, by which rows are dated, and that of the database; partitions outside of it are not looked at. */
const SKEW_MS = 2 * 86_400_000

/**
 * When the oldest of what is under way began. Of a transaction that has written that is its own beginning, of any other the statement
 * it is at: `recorded_at` may be computed a moment before the transaction gets its number. Sessions of other roles are not seen, but
 * then it is this role that writes events.
 */
const OLDEST = `
  (select least(statement_timestamp(), min(case when a.backend_xid is not null then a.xact_start when a.state = 'active' then a.query_start end))
   from pg_stat_activity a where a.datname = current_database() and a.backend_type = 'client backend')`

/** The present, from which on everything is news. */
export async function readStreamPoint(db: Queryable): Promise<StreamPoint> {
  const { rows: [oldest] } = await db.query<{ oldest: number }>(`select ${OLDEST} as oldest`)
  const { rows: [present] } = await db.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot')
  if (oldest === undefined || present === undefined) throw new Error('the database did not say what time it is')
  return { since: oldest.oldest - CLOCK_SLACK_MS, snapshot: present.snapshot }
}

export interface TailPage {
  rows: EventRow[]
  /** Where to go on. */
  next: StreamPosition
  /** Whether these were all there was. */
  isPresent: boolean
  /** For the next read’s `before`. */
  oldest: number
}

/** `xmin` has 32 bits, and snapshots count further: the transaction is the latest with those bits that has begun. */
const WRITTEN_BY = `greatest(x.upper - ((x.upper - e.xmin::text::bigint) & 4294967295), 3)::text::xid8`
const UPPER = `(select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as upper)`

/**
 * Up to `limit` rows after this position, in the order they were recorded in. Between two pages somebody may mark a row that is still to
 * come: it is of a later transaction then, and as old as it was, so the read after `through` would not find it. It comes with its page.
 * @param before bound for the snapshot taken here: `oldest` of a read, or `since` of a point, that came before this one
 */
export async function readTail(db: Queryable, position: StreamPosition, before: number, limit: number): Promise<TailPage> {
  const { since, snapshot, page } = position
  const { rows } = await db.query<{ present: string; oldest: number; recordedUs: string | null } & EventRow>({
    name: 'events-tail',
    text: `
      select p.present, p.oldest, n.*
      from (select pg_current_snapshot()::text as present, ${OLDEST} as oldest) p
      left join lateral (
        select (extract(epoch from e.recorded_at) * 1000000)::bigint::text as "recordedUs", ${EVENT_COLUMNS}
        from security_events e cross join ${UPPER} x
        where e.occurred_at >= to_timestamp($7 / 1000.0) and e.recorded_at >= to_timestamp($1 / 1000.0)
          and not pg_visible_in_snapshot(${WRITTEN_BY}, $2::pg_snapshot)
          and ($3::text is null or pg_visible_in_snapshot(${WRITTEN_BY}, $3::text::pg_snapshot) or e.recorded_at < to_timestamp($8::float8 / 1000.0))
          and ($4::float8 is null or (e.recorded_at, e.event_id) > (to_timestamp($4 / 1000000.0), $5::uuid))
        order by e.recorded_at, e.event_id limit $6
      ) n on true
      order by n."recordedUs", n.id`,
    values: [since, snapshot, page?.through.snapshot ?? null, page?.recordedUs ?? null, page?.id ?? null, limit, since - SKEW_MS, page?.through.since ?? null],
  })
  const [first] = rows
  if (first === undefined) throw new Error('the database did not say what it has')
  const events = rows.filter((row): row is typeof row & { recordedUs: string } => row.recordedUs !== null)
  const through = page?.through ?? { since: before, snapshot: first.present }
  const last = events.at(-1)
  const isCut = events.length >= limit && last !== undefined
  return {
    rows: events.map(({ present: _present, oldest: _oldest, recordedUs: _recordedUs, ...row }) => row),
    next: isCut ? { since, snapshot, page: { through, recordedUs: last.recordedUs, id: last.id } } : through,
    isPresent: !isCut && page === undefined,
    oldest: first.oldest - CLOCK_SLACK_MS,
  }
}
