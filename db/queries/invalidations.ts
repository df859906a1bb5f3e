/**
 * Taking votes out of the tally and putting them back. Rows, not deletions: each knows its reason, its actor, and the
 * state every vote had, so that undo is exact even after later changes.
 */
import type { PoolClient } from 'pg'
import { type StateCode, type TallyDelta, type ValueCode, standing } from '../../server/gate/settle.ts'
import type { Queryable } from '../queryable.ts'
import { type Tally, applyTallyDeltas } from './tallies.ts'
import { LAST_DECISION, VOTE_FILTER, type VoteFilterRow, filterValues } from './votes.ts'

export interface Selection {
  filter: VoteFilterRow
  named: { itemIds: number[]; voters: string[] } | null
}

interface SelectedVote {
  itemId: number
  voter: string
  state: StateCode
  value: ValueCode
  supersededBy: string | null
}

export interface TallyMove {
  itemId: number
  before: number
  after: number
}
export interface ActionResult {
  id: number | null
  matched: number
  moves: TallyMove[]
  tallies: Tally[]
}

/** Must run inside a transaction: the votes stay locked until their tally has moved too. */
export async function invalidateVotes(
  client: PoolClient, projectId: number, selection: Selection, log: { reason: string; actor: string; request: unknown; dryRun: boolean },
): Promise<ActionResult> {
  const votes = await selectVotes(client, projectId, selection, ['c', 'h'], !log.dryRun)
  const deltas = moveAll(projectId, votes, () => 'i')
  if (log.dryRun) return { id: null, matched: votes.length, moves: await previewMoves(client, projectId, deltas), tallies: [] }

  const { rows } = await client.query<{ id: number }>(
    `insert into invalidations (project_id, reason, actor, request, matched) values ($1, $2, $3, $4, $5)
     returning invalidation_id as id`,
    [projectId, log.reason, log.actor, JSON.stringify(log.request), votes.length],
  )
  const id = rows[0]?.id ?? null
  await client.query(
    `insert into invalidated_votes (project_id, invalidation_id, item_id, voter, prior_state)
     select $1, $2, item_id, voter, prior::"char" from unnest($3::int[], $4::uuid[], $5::text[]) as v (item_id, voter, prior)`,
    [projectId, id, votes.map((v) => v.itemId), votes.map((v) => v.voter), votes.map((v) => v.state)],
  )
  await setStates(client, projectId, votes.map((vote) => ({ ...vote, state: 'i' })))
  return await finish(client, id, votes.length, deltas)
}

export type UndoResult = ActionResult | 'unknown' | 'already_undone'

/** Every vote of the invalidation that is still out goes back to the state it had. */
export async function undoInvalidation(
  client: PoolClient, projectId: number, invalidationId: number, log: { reason: string | null; actor: string },
): Promise<UndoResult> {
  const { rows: found } = await client.query<{ undone: boolean }>(
    `select undone_at is not null as undone from invalidations where project_id = $1 and invalidation_id = $2 for update`,
    [projectId, invalidationId],
  )
  if (found[0] === undefined) return 'unknown'
  if (found[0].undone) return 'already_undone'

  const { rows: votes } = await client.query<SelectedVote & { priorState: StateCode }>(
    `select v.item_id as "itemId", v.voter, v.state, v.value::text::int as value, v.superseded_by as "supersededBy",
       i.prior_state as "priorState"
     from invalidated_votes i
     join votes v on v.project_id = i.project_id and v.item_id = i.item_id and v.voter = i.voter
     where i.project_id = $1 and i.invalidation_id = $2 and v.state = 'i'
     order by v.item_id, v.voter
     for update of v`,
    [projectId, invalidationId],
  )
  const prior = new Map(votes.map((vote) => [`${vote.itemId}:${vote.voter}`, vote.priorState]))
  const stateOf = (vote: SelectedVote): StateCode => prior.get(`${vote.itemId}:${vote.voter}`) ?? vote.state
  const deltas = moveAll(projectId, votes, stateOf)
  await setStates(client, projectId, votes.map((vote) => ({ ...vote, state: stateOf(vote) })))
  await client.query(
    `update invalidations set undone_at = now(), undone_by = $3, undo_reason = $4 where project_id = $1 and invalidation_id = $2`,
    [projectId, invalidationId, log.actor, log.reason],
  )
  return await finish(client, invalidationId, votes.length, deltas)
}

/** Held votes become counted. */
export async function releaseVotes(
  client: PoolClient, projectId: number, selection: Selection, log: { reason: string; actor: string; request: unknown; dryRun: boolean },
): Promise<ActionResult> {
  const votes = await selectVotes(client, projectId, selection, ['h'], !log.dryRun)
  const deltas = moveAll(projectId, votes, () => 'c')
  if (log.dryRun) return { id: null, matched: votes.length, moves: await previewMoves(client, projectId, deltas), tallies: [] }
  const { rows } = await client.query<{ id: number }>(
    `insert into releases (project_id, reason, actor, request, matched) values ($1, $2, $3, $4, $5) returning release_id as id`,
    [projectId, log.reason, log.actor, JSON.stringify(log.request), votes.length],
  )
  await setStates(client, projectId, votes.map((vote) => ({ ...vote, state: 'c' })))
  return await finish(client, rows[0]?.id ?? null, votes.length, deltas)
}

export interface InvalidationRow {
  id: number
  reason: string
  actor: string
  matched: number
  createdAt: number
  undoneAt: number | null
  undoneBy: string | null
}

export async function listInvalidations(db: Queryable, projectId: number, before: number | null, limit: number): Promise<InvalidationRow[]> {
  const { rows } = await db.query<InvalidationRow>(
    `select invalidation_id as id, reason, actor, matched, created_at as "createdAt", undone_at as "undoneAt", undone_by as "undoneBy"
     from invalidations where project_id = $1 and ($2::int is null or invalidation_id < $2)
     order by invalidation_id desc limit $3`,
    [projectId, before, limit],
  )
  return rows
}

/** Locked where they will be changed; a preview must not keep voters, and with them the one writer of votes, waiting. */
async function selectVotes(
  client: PoolClient, projectId: number, { filter, named }: Selection, from: StateCode[], lock: boolean,
): Promise<SelectedVote[]> {
  const { rows } = await client.query<SelectedVote>(
    `select v.item_id as "itemId", v.voter, v.state, v.value::text::int as value, v.superseded_by as "supersededBy"
     from votes v ${LAST_DECISION}
     where ${VOTE_FILTER} and v.state = any($12::"char"[])
     order by v.item_id, v.voter
     ${lock ? 'for update of v' : ''}`,
    [...filterValues(projectId, filter, named), from],
  )
  return rows
}

function moveAll(projectId: number, votes: readonly SelectedVote[], stateOf: (vote: SelectedVote) => StateCode): TallyDelta[] {
  const deltas = new Map<number, TallyDelta>()
  for (const vote of votes) {
    const delta = deltas.get(vote.itemId) ?? { projectId, itemId: vote.itemId, counted: 0, held: 0, invalidated: 0 }
    const next = { ...vote, state: stateOf(vote) }
    delta.counted += standing(next, 'c') - standing(vote, 'c')
    delta.held += standing(next, 'h') - standing(vote, 'h')
    delta.invalidated += standing(next, 'i') - standing(vote, 'i')
    deltas.set(vote.itemId, delta)
  }
  return [...deltas.values()].toSorted((a, b) => a.itemId - b.itemId)
}

async function setStates(client: PoolClient, projectId: number, votes: readonly SelectedVote[]): Promise<void> {
  await client.query(
    `update votes v set state = n.state::"char"
     from unnest($2::int[], $3::uuid[], $4::text[]) as n (item_id, voter, state)
     where v.project_id = $1 and v.item_id = n.item_id and v.voter = n.voter`,
    [projectId, votes.map((v) => v.itemId), votes.map((v) => v.voter), votes.map((v) => v.state)],
  )
}

async function finish(client: PoolClient, id: number | null, matched: number, deltas: TallyDelta[]): Promise<ActionResult> {
  const tallies = await applyTallyDeltas(client, deltas)
  const after = new Map(tallies.map((tally) => [tally.itemId, tally.counted]))
  const moves = deltas.map(({ itemId, counted }) => {
    const now = after.get(itemId) ?? 0
    return { itemId, before: now - counted, after: now }
  })
  return { id, matched, moves, tallies }
}

async function previewMoves(client: PoolClient, projectId: number, deltas: TallyDelta[]): Promise<TallyMove[]> {
  const { rows } = await client.query<{ itemId: number; counted: number }>(
    `select item_id as "itemId", counted from tallies where project_id = $1 and item_id = any($2::int[])`,
    [projectId, deltas.map((delta) => delta.itemId)],
  )
  const counted = new Map(rows.map((row) => [row.itemId, row.counted]))
  return deltas.map((delta) => {
    const before = counted.get(delta.itemId) ?? 0
    return { itemId: delta.itemId, before, after: before + delta.counted }
  })
}
