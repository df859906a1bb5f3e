/**
 * Recording a batch of ballots: lock what they touch, let server/gate/settle.ts say what becomes of it, write that.
 * Everything is sorted by key, or two batches on two nodes would deadlock (measured).
 */
import type { PoolClient } from 'pg'
import { type Ballot, type Settlement, type SeatRow, type VoteRow, settle } from '../../server/gate/settle.ts'
import { type DecisionRow, insertDecisions } from './decisions.ts'
import { type Tally, applyTallyDeltas } from './tallies.ts'

/** Another node wrote one of the keys between our look and our insert: run the batch again, it will now see it. */
export class ConcurrentBallot extends Error {
  override readonly name = 'ConcurrentBallot'
}

export interface RecordedBatch {
  settlement: Settlement
  tallies: Tally[]
}

/** Inside a transaction. `decisionOf(i)` describes the i-th ballot; only ballots that changed something are described. */
export async function recordBallots(
  client: PoolClient, ballots: readonly Ballot[], decisionOf: (index: number, settlement: Settlement) => DecisionRow,
): Promise<RecordedBatch> {
  const votes = await lockVotes(client, ballots)
  const seats = await lockSeats(client, ballots)
  const settlement = settle(ballots, votes, seats)

  await insertVotes(client, settlement.inserts)
  await insertSeats(client, settlement.newSeats)
  await updateSeats(client, settlement.changedSeats)
  await updateVotes(client, settlement.updates)
  const tallies = await applyTallyDeltas(client, settlement.tallyDeltas)
  const recorded = settlement.outcomes.flatMap((outcome, index) => (outcome.result === 'recorded' ? [decisionOf(index, settlement)] : []))
  await insertDecisions(client, recorded)
  return { settlement, tallies }
}

const byKey = <T extends { projectId: number; itemId: number }>(part: (row: T) => string) => (a: T, b: T): number =>
  a.projectId - b.projectId || a.itemId - b.itemId || (part(a) < part(b) ? -1 : part(a) > part(b) ? 1 : 0)

async function lockVotes(client: PoolClient, ballots: readonly Ballot[]): Promise<VoteRow[]> {
  const keys = ballots.flatMap((ballot) =>
    (ballot.supersedes === null ? [ballot.voter] : [ballot.voter, ballot.supersedes]).map((voter) => ({ ...ballot, voter })))
  const { rows } = await client.query<VoteRow>({
    name: 'ballots-lock-votes',
    text: `
      select v.project_id as "projectId", v.item_id as "itemId", v.voter, v.tier, v.state, v.value::text::int as value,
        v.cast_at as "castAt", v.superseded_by as "supersededBy"
      from votes v
      join (select distinct project_id, item_id, voter from unnest($1::int[], $2::int[], $3::uuid[]) as k (project_id, item_id, voter)) k
        using (project_id, item_id, voter)
      order by v.project_id, v.item_id, v.voter
      for update of v`,
    values: [keys.map((k) => k.projectId), keys.map((k) => k.itemId), keys.map((k) => k.voter)],
  })
  return rows
}

async function lockSeats(client: PoolClient, ballots: readonly Ballot[]): Promise<SeatRow[]> {
  const wanted = ballots.filter((ballot) => ballot.seat !== null)
  if (wanted.length === 0) return []
  const { rows } = await client.query<SeatRow>({
    name: 'ballots-lock-seats',
    text: `
      select q.project_id as "projectId", q.item_id as "itemId", q.bucket, q.seats
      from quotas q
      join (select distinct project_id, item_id, bucket from unnest($1::int[], $2::int[], $3::uuid[]) as k (project_id, item_id, bucket)) k
        using (project_id, item_id, bucket)
      order by q.project_id, q.item_id, q.bucket
      for update of q`,
    values: [wanted.map((b) => b.projectId), wanted.map((b) => b.itemId), wanted.map((b) => b.seat?.bucket)],
  })
  return rows
}

async function insertVotes(client: PoolClient, rows: VoteRow[]): Promise<void> {
  if (rows.length === 0) return
  const sorted = rows.toSorted(byKey((row) => row.voter))
  const { rowCount } = await client.query({
    name: 'ballots-insert-votes',
    text: `
      insert into votes (project_id, item_id, voter, cast_at, tier, state, value, superseded_by)
      select project_id, item_id, voter, to_timestamp(cast_at / 1000.0), tier::"char", state::"char", value::"char", superseded_by
      from unnest($1::int[], $2::int[], $3::uuid[], $4::float8[], $5::text[], $6::text[], $7::text[], $8::uuid[])
        as v (project_id, item_id, voter, cast_at, tier, state, value, superseded_by)
      on conflict do nothing`,
    values: [
      sorted.map((v) => v.projectId), sorted.map((v) => v.itemId), sorted.map((v) => v.voter), sorted.map((v) => v.castAt),
      sorted.map((v) => v.tier), sorted.map((v) => v.state), sorted.map((v) => String(v.value)), sorted.map((v) => v.supersededBy),
    ],
  })
  if (rowCount !== rows.length) throw new ConcurrentBallot()
}

async function updateVotes(client: PoolClient, rows: VoteRow[]): Promise<void> {
  if (rows.length === 0) return
  await client.query({
    name: 'ballots-update-votes',
    text: `
      update votes v
      set cast_at = to_timestamp(n.cast_at / 1000.0), state = n.state::"char", value = n.value::"char", superseded_by = n.superseded_by
      from unnest($1::int[], $2::int[], $3::uuid[], $4::float8[], $5::text[], $6::text[], $7::uuid[])
        as n (project_id, item_id, voter, cast_at, state, value, superseded_by)
      where v.project_id = n.project_id and v.item_id = n.item_id and v.voter = n.voter`,
    values: [
      rows.map((v) => v.projectId), rows.map((v) => v.itemId), rows.map((v) => v.voter), rows.map((v) => v.castAt),
      rows.map((v) => v.state), rows.map((v) => String(v.value)), rows.map((v) => v.supersededBy),
    ],
  })
}

async function insertSeats(client: PoolClient, rows: SeatRow[]): Promise<void> {
  if (rows.length === 0) return
  const sorted = rows.toSorted(byKey((row) => row.bucket))
  const { rowCount } = await client.query({
    name: 'ballots-insert-seats',
    text: `
      insert into quotas (project_id, item_id, bucket, seats)
      select * from unnest($1::int[], $2::int[], $3::uuid[], $4::int[])
      on conflict do nothing`,
    values: [sorted.map((s) => s.projectId), sorted.map((s) => s.itemId), sorted.map((s) => s.bucket), sorted.map((s) => s.seats)],
  })
  if (rowCount !== rows.length) throw new ConcurrentBallot()
}

async function updateSeats(client: PoolClient, rows: SeatRow[]): Promise<void> {
  if (rows.length === 0) return
  await client.query({
    name: 'ballots-update-seats',
    text: `
      update quotas q set seats = n.seats
      from unnest($1::int[], $2::int[], $3::uuid[], $4::int[]) as n (project_id, item_id, bucket, seats)
      where q.project_id = n.project_id and q.item_id = n.item_id and q.bucket = n.bucket`,
    values: [rows.map((s) => s.projectId), rows.map((s) => s.itemId), rows.map((s) => s.bucket), rows.map((s) => s.seats)],
  })
}
