/**
 * Recording a batch of ballots that are all first ones, in one statement and one round trip: votes, seats, decisions and tallies. It
 * looks at nothing first. Where a voter or a seat is there already, or an item is being merged, the statement fails as a whole, and
 * ballots.ts, which looks first, takes the batch.
 */
import { type Ballot, type Settlement, settle } from '../../server/gate/settle.ts'
import { plainColumn } from '../array-literal.ts'
import { type Pool, withConnection } from '../queryable.ts'
import { DECISION_COLUMNS, type DecisionRow } from './decisions.ts'
import type { RecordedBatch } from './ballots.ts'
import type { Tally } from './tallies.ts'

/** Raised by expect_open(): an item takes no votes, or is not there. */
const ITEM_CLOSED = 'TT001'
const UNIQUE_VIOLATION = '23505'

/** Whether the batch has to be looked at: nothing of it was recorded. */
export function isNotFirst(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === UNIQUE_VIOLATION || code === ITEM_CLOSED
}

/** All of them give a vote. `decisionOf(i)` describes the i-th ballot. Throws what isNotFirst() knows where one of them is no first one. */
export async function recordFirstBallots(
  pool: Pool, ballots: readonly Ballot[], decisionOf: (index: number, settlement: Settlement) => DecisionRow,
): Promise<RecordedBatch> {
  const settlement = settle(ballots, [], [])
  const votes = settlement.inserts.toSorted((a, b) => a.projectId - b.projectId || a.itemId - b.itemId || (a.voter < b.voter ? -1 : 1))
  const seats = settlement.newSeats.toSorted((a, b) => a.projectId - b.projectId || a.itemId - b.itemId || (a.bucket < b.bucket ? -1 : 1))
  const deltas = settlement.tallyDeltas
  const decisions = settlement.outcomes.flatMap((outcome, index) => (outcome.result === 'recorded' ? [decisionOf(index, settlement)] : []))
  const items = [...new Map(ballots.map(({ projectId, itemId }) => [`${projectId}:${itemId}`, { projectId, itemId }])).values()]
  // Not by the pool’s own query, which gives a connection up for any error, and here one is usual: someone votes again.
  const { rows } = await withConnection(pool, (client) => client.query<Tally>({
    name: 'ballots-first',
    text: TEXT,
    values: [
      plainColumn(items, (i) => i.projectId), plainColumn(items, (i) => i.itemId),
      plainColumn(votes, (v) => v.projectId), plainColumn(votes, (v) => v.itemId), plainColumn(votes, (v) => v.voter), plainColumn(votes, (v) => v.castAt),
      plainColumn(votes, (v) => v.tier), plainColumn(votes, (v) => v.state), plainColumn(votes, (v) => v.value), plainColumn(votes, (v) => v.supersededBy),
      plainColumn(seats, (s) => s.projectId), plainColumn(seats, (s) => s.itemId), plainColumn(seats, (s) => s.bucket), plainColumn(seats, (s) => s.seats),
      plainColumn(deltas, (d) => d.projectId), plainColumn(deltas, (d) => d.itemId), plainColumn(deltas, (d) => d.counted), plainColumn(deltas, (d) => d.held),
      plainColumn(deltas, (d) => d.countedVerified), plainColumn(deltas, (d) => d.heldVerified),
      ...DECISION_COLUMNS.map(({ write }) => write(decisions)),
    ],
  }))
  return { settlement, tallies: rows }
}

const DECISIONS_FROM = 21

/** Locks as ballots.ts does: items, votes, seats, and last the tallies, all in the order of their keys. */
const TEXT = `
  with present as materialized (
    select i.item_id from items i join unnest($1::int[], $2::int[]) as w (project_id, item_id) using (project_id, item_id)
    where i.merged_into is null order by i.project_id, i.item_id for key share of i skip locked
  ), given as (
    insert into votes (project_id, item_id, voter, cast_at, tier, state, value, superseded_by)
    select unnest($3::int[]), unnest($4::int[]), unnest($5::uuid[]), to_timestamp(unnest($6::float8[]) / 1000.0), unnest($7::"char"[]),
      unnest($8::"char"[]), unnest($9::"char"[]), unnest($10::uuid[])
    where expect_open((select count(*) from present), cardinality($1::int[]))
    returning 1
  ), taken as (
    insert into quotas (project_id, item_id, bucket, seats)
    select unnest($11::int[]), unnest($12::int[]), unnest($13::uuid[]), unnest($14::int[])
    where (select count(*) from given) >= 0
    returning 1
  ), decided as (
    insert into decisions (${DECISION_COLUMNS.map(({ column }) => column).join(', ')})
    select ${DECISION_COLUMNS.map(({ value }, index) => value(`$${DECISIONS_FROM + index}`)).join(', ')}
    where (select count(*) from taken) >= 0
    returning 1
  ), delta as materialized (
    select * from unnest($15::int[], $16::int[], $17::int[], $18::int[], $19::int[], $20::int[])
      as d (project_id, item_id, counted, held, counted_verified, held_verified)
    where (select count(*) from decided) >= 0
  ), locked as materialized (
    select t.project_id, t.item_id from tallies t join delta using (project_id, item_id) order by t.project_id, t.item_id for update of t
  )
  update tallies t
  set counted = t.counted + d.counted, held = t.held + d.held, counted_verified = t.counted_verified + d.counted_verified,
    held_verified = t.held_verified + d.held_verified, version = t.version + 1
  from delta d join locked using (project_id, item_id)
  where t.project_id = d.project_id and t.item_id = d.item_id
  returning t.project_id as "projectId", t.item_id as "itemId", t.counted, t.held, t.invalidated,
    t.counted_verified as "countedVerified", t.held_verified as "heldVerified", t.invalidated_verified as "invalidatedVerified",
    t.version::float8 as version`
