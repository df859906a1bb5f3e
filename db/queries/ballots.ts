/**
 * Recording a batch of ballots: lock what they touch, let server/gate/settle.ts say what becomes of it, write that.
 * Everything is sorted by key, or two batches on two nodes would deadlock (measured).
 */
import { type Ballot, type ClosedItem, type Settlement, type SeatRow, type VoteRow, settle } from '../../server/gate/settle.ts'
import { plainColumn } from '../array-literal.ts'
import { type DecisionRow, decisionValues, insertDecisions } from './decisions.ts'
import { type Pool, type Queryable, together, withConnection } from '../queryable.ts'
import { type Tally, applyTallyDeltas } from './tallies.ts'

export interface RecordedBatch {
  settlement: Settlement
  tallies: Tally[]
}

/**
 * In a transaction of its own and in two round trips, where the connection is one that sends ahead: what locks goes out together, and so
 * does what writes, with the commit behind it. Where another node wrote one of the keys between our look and our insert that is a
 * unique violation: run the batch again, it will now see it.
 *
 * `decisionOf(i)` describes the i-th ballot; only ballots that changed something are described.
 */
export async function recordBallots(
  pool: Pool, ballots: readonly Ballot[], decisionOf: (index: number, settlement: Settlement) => DecisionRow,
): Promise<RecordedBatch> {
  return await withConnection(pool, async (client) => {
    const [, closed, votes, seats] = await together([
      client.query('begin'), lockItems(client, ballots), lockVotes(client, ballots), lockSeats(client, ballots),
    ])
    const settlement = settle(ballots, votes, seats, closed)
    const recorded = settlement.outcomes.flatMap((outcome, index) => (outcome.result === 'recorded' ? [decisionOf(index, settlement)] : []))
    const decisions = decisionValues(recorded)
    const votesAndDecisions = [
      insertVotes(client, settlement.inserts), insertSeats(client, settlement.newSeats), updateSeats(client, settlement.changedSeats),
      updateVotes(client, settlement.updates), endLayers(client, heldAgain(votes, settlement.updates)),
      ...(recorded.length === 0 ? [] : [insertDecisions(client, decisions)]),
    ]
    // Last: the batches of all nodes meet at an item’s tally.
    const tallies = applyTallyDeltas(client, settlement.tallyDeltas)
    await together([...votesAndDecisions, tallies, client.query('commit')])
    return { settlement, tallies: await tallies }
  })
}

const byKey = <T extends { projectId: number; itemId: number }>(part: (row: T) => string) => (a: T, b: T): number =>
  a.projectId - b.projectId || a.itemId - b.itemId || (part(a) < part(b) ? -1 : part(a) > part(b) ? 1 : 0)

/**
 * Those of the ballots’ items that take none. The others stay as they are until the commit: a merge begins after it. One that is
 * under way is not waited for, or it would hold up the votes of every other item.
 */
async function lockItems(client: Queryable, ballots: readonly Ballot[]): Promise<ClosedItem[]> {
  const { rows } = await client.query<ClosedItem>({
    name: 'ballots-lock-items',
    text: `
      with wanted as (
        select distinct project_id, item_id from unnest($1::int[], $2::int[]) as k (project_id, item_id)
      ), locked as materialized (
        select i.project_id, i.item_id, i.merged_into from items i join wanted using (project_id, item_id)
        order by i.project_id, i.item_id for key share of i skip locked
      )
      select i.project_id as "projectId", i.item_id as "itemId", case when l.item_id is null then 'merging' else 'merged' end as because
      from wanted join items i using (project_id, item_id) left join locked l using (project_id, item_id)
      where l.item_id is null or l.merged_into is not null`,
    values: [plainColumn(ballots, (ballot) => ballot.projectId), plainColumn(ballots, (ballot) => ballot.itemId)],
  })
  return rows
}

async function lockVotes(client: Queryable, ballots: readonly Ballot[]): Promise<VoteRow[]> {
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
    values: [plainColumn(keys, (k) => k.projectId), plainColumn(keys, (k) => k.itemId), plainColumn(keys, (k) => k.voter)],
  })
  return rows
}

async function lockSeats(client: Queryable, ballots: readonly Ballot[]): Promise<SeatRow[]> {
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
    values: [plainColumn(wanted, (b) => b.projectId), plainColumn(wanted, (b) => b.itemId), plainColumn(wanted, (b) => b.seat?.bucket ?? null)],
  })
  return rows
}

async function insertVotes(client: Queryable, rows: VoteRow[]): Promise<void> {
  if (rows.length === 0) return
  const sorted = rows.toSorted(byKey((row) => row.voter))
  await client.query({
    name: 'ballots-insert-votes',
    text: `
      insert into votes (project_id, item_id, voter, cast_at, tier, state, value, superseded_by)
      select project_id, item_id, voter, to_timestamp(cast_at / 1000.0), tier, state, value, superseded_by
      from unnest($1::int[], $2::int[], $3::uuid[], $4::float8[], $5::"char"[], $6::"char"[], $7::"char"[], $8::uuid[])
        as v (project_id, item_id, voter, cast_at, tier, state, value, superseded_by)`,
    values: [
      plainColumn(sorted, (v) => v.projectId), plainColumn(sorted, (v) => v.itemId), plainColumn(sorted, (v) => v.voter), plainColumn(sorted, (v) => v.castAt),
      plainColumn(sorted, (v) => v.tier), plainColumn(sorted, (v) => v.state), plainColumn(sorted, (v) => v.value), plainColumn(sorted, (v) => v.supersededBy),
    ],
  })
}

async function updateVotes(client: Queryable, rows: VoteRow[]): Promise<void> {
  if (rows.length === 0) return
  await client.query({
    name: 'ballots-update-votes',
    text: `
      update votes v
      set cast_at = to_timestamp(n.cast_at / 1000.0), state = n.state, value = n.value, superseded_by = n.superseded_by
      from unnest($1::int[], $2::int[], $3::uuid[], $4::float8[], $5::"char"[], $6::"char"[], $7::uuid[])
        as n (project_id, item_id, voter, cast_at, state, value, superseded_by)
      where v.project_id = n.project_id and v.item_id = n.item_id and v.voter = n.voter`,
    values: [
      plainColumn(rows, (v) => v.projectId), plainColumn(rows, (v) => v.itemId), plainColumn(rows, (v) => v.voter), plainColumn(rows, (v) => v.castAt),
      plainColumn(rows, (v) => v.state), plainColumn(rows, (v) => v.value), plainColumn(rows, (v) => v.supersededBy),
    ],
  })
}

/** Counted votes that their own voters’ new ballots made held ones. */
function heldAgain(before: readonly VoteRow[], updates: readonly VoteRow[]): VoteRow[] {
  const held = updates.filter(({ state }) => state === 'h')
  return held.filter((vote) => before.some((row) =>
    row.projectId === vote.projectId && row.itemId === vote.itemId && row.voter === vote.voter && row.state === 'c'))
}

/** A vote that was released and is held again has a new reason, judged anew: neither the release nor what lay below it has a say any more. */
async function endLayers(client: Queryable, votes: readonly VoteRow[]): Promise<void> {
  if (votes.length === 0) return
  await client.query({
    name: 'ballots-end-layers',
    text: `
      update invalidated_votes i set ended = true
      from unnest($1::int[], $2::int[], $3::uuid[]) as v (project_id, item_id, voter)
      where i.project_id = v.project_id and i.item_id = v.item_id and i.voter = v.voter and not i.ended`,
    values: [plainColumn(votes, (v) => v.projectId), plainColumn(votes, (v) => v.itemId), plainColumn(votes, (v) => v.voter)],
  })
}

async function insertSeats(client: Queryable, rows: SeatRow[]): Promise<void> {
  if (rows.length === 0) return
  const sorted = rows.toSorted(byKey((row) => row.bucket))
  await client.query({
    name: 'ballots-insert-seats',
    text: `
      insert into quotas (project_id, item_id, bucket, seats)
      select * from unnest($1::int[], $2::int[], $3::uuid[], $4::int[])`,
    values: [plainColumn(sorted, (s) => s.projectId), plainColumn(sorted, (s) => s.itemId), plainColumn(sorted, (s) => s.bucket), plainColumn(sorted, (s) => s.seats)],
  })
}

async function updateSeats(client: Queryable, rows: SeatRow[]): Promise<void> {
  if (rows.length === 0) return
  await client.query({
    name: 'ballots-update-seats',
    text: `
      update quotas q set seats = n.seats
      from unnest($1::int[], $2::int[], $3::uuid[], $4::int[]) as n (project_id, item_id, bucket, seats)
      where q.project_id = n.project_id and q.item_id = n.item_id and q.bucket = n.bucket`,
    values: [plainColumn(rows, (s) => s.projectId), plainColumn(rows, (s) => s.itemId), plainColumn(rows, (s) => s.bucket), plainColumn(rows, (s) => s.seats)],
  })
}
