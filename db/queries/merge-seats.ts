/**
 * Seats of fingerprint buckets when items are merged. A bucket has so many counted votes on an item; somebody who cleared their
 * storage between two items has one on each, and must not have both on what the two become.
 */
import type { PoolClient } from 'pg'
import type { Queryable } from '../queryable.ts'
import type { Merge } from './merge-moves.ts'

export interface SharedBucket {
  bucket: string
  /** Taken on the target. */
  seats: number
}
export interface SeatTaker {
  voter: string
  fingerprint: string
  ipAddress: string
  userAgent: string | null
}

/** Buckets with seats on both items. */
export async function readSharedBuckets(db: Queryable, projectId: number, itemId: number, into: number): Promise<SharedBucket[]> {
  const { rows } = await db.query<SharedBucket>(
    `select c.bucket, c.seats from quotas a join quotas c on c.project_id = $1 and c.item_id = $3 and c.bucket = a.bucket
     where a.project_id = $1 and a.item_id = $2 and a.seats > 0 and c.seats > 0 order by c.bucket`,
    [projectId, itemId, into],
  )
  return rows
}

/**
 * Counted device votes of the source whose voters have no row on the target, in the order they were cast, and the fingerprint each took
 * its seat with: that of its first decision. One whose decisions are past retention is not among them.
 */
export async function readSeatTakers(db: Queryable, projectId: number, itemId: number, into: number): Promise<SeatTaker[]> {
  const { rows } = await db.query<SeatTaker>(
    `with moving as materialized (
       select a.voter, a.cast_at from votes a
       where a.project_id = $1 and a.item_id = $2 and a.tier = 'd' and a.state = 'c' and a.value = '1' and a.superseded_by is null
         and not exists (select from votes c where c.project_id = $1 and c.item_id = $3 and c.voter = a.voter)
     ), first as (
       select distinct on (d.voter) d.voter, d.fingerprint, host(d.ip_address) as "ipAddress", d.user_agent as "userAgent"
       from decisions d where d.project_id = $1 and d.item_id = $2 and d.voter in (select voter from moving)
       order by d.voter, d.decided_at
     )
     select f.* from first f join moving using (voter) where f.fingerprint is not null order by moving.cast_at, f.voter`,
    [projectId, itemId, into],
  )
  return rows
}

/** They are the target’s from now on; in a shared bucket, of the source’s as many as `admitted` says. */
export async function moveSeats(client: PoolClient, { projectId, id, itemId, into }: Merge, admitted: ReadonlyMap<string, number>): Promise<void> {
  const shared = [...admitted]
  await client.query(
    `insert into merged_seats (project_id, merge_id, bucket, seats)
     select $1, $2, q.bucket, coalesce(s.seats, q.seats) from quotas q left join unnest($4::uuid[], $5::int[]) as s (bucket, seats) using (bucket)
     where q.project_id = $1 and q.item_id = $3 and coalesce(s.seats, q.seats) > 0`,
    [projectId, id, itemId, shared.map(([bucket]) => bucket), shared.map(([, seats]) => seats)],
  )
  await client.query(
    `insert into quotas (project_id, item_id, bucket, seats)
     select $1, $3, bucket, seats from merged_seats where project_id = $1 and merge_id = $2
     on conflict (project_id, item_id, bucket) do update set seats = quotas.seats + excluded.seats`,
    [projectId, id, into],
  )
}

/** What came goes; what was taken since stays. */
export async function returnSeats(client: PoolClient, { projectId, id, into }: Merge): Promise<void> {
  await client.query(
    `update quotas q set seats = q.seats - s.seats from merged_seats s
     where s.project_id = $1 and s.merge_id = $2 and q.project_id = $1 and q.item_id = $3 and q.bucket = s.bucket`,
    [projectId, id, into],
  )
}
