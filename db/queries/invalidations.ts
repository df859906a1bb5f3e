/**
 * Taking votes out of the tally and putting them back. Rows, not deletions: each knows its reason, its actor, and the
 * state every vote had, so that undo is exact even after later changes and whatever order actions are undone in.
 */
import type { PoolClient } from 'pg'
import type { Queryable } from '../queryable.ts'
import {
  type ActionResult, SELECTED_VOTE, type SelectedVote, addLayers, clearLayers, endActions, moveVotes, previewMoves,
} from './vote-moves.ts'
import { HOLDERS, LAST_DECISION, VOTE_FILTER, type VoteFilterRow, filterValues } from './votes.ts'

export interface Selection {
  filter: VoteFilterRow
  named: { itemIds: number[]; voters: string[] } | null
}

export interface ActionLog {
  reason: string
  actor: string
  request: unknown
  dryRun: boolean
  /** For a rule’s action: the cohort it found, and the numbers. */
  cohort?: { id: number; evidence: unknown }
}

/** Counted and held votes become invalidated. */
export async function invalidateVotes(client: PoolClient, projectId: number, selection: Selection, log: ActionLog): Promise<ActionResult> {
  return await takeOut(client, projectId, selection, 'i', log)
}

/**
 * Counted votes become held. Those that are held already get this as one more reason and are not among the matched: they
 * stay held when what held them first ends. A cohort’s hold passes over votes the cohort holds already, and is
 * not written down (`id` is null) when none is left.
 */
export async function holdVotes(client: PoolClient, projectId: number, selection: Selection, log: ActionLog): Promise<ActionResult> {
  return await takeOut(client, projectId, selection, 'h', log)
}

/** Must run inside a transaction: the votes stay locked until their tally has moved too. */
async function takeOut(
  client: PoolClient, projectId: number, selection: Selection, effect: 'i' | 'h', log: ActionLog,
): Promise<ActionResult> {
  const found = await selectVotes(client, projectId, selection, ['c', 'h'], !log.dryRun)
  const cohortId = log.cohort?.id
  const votes = effect === 'h' && cohortId !== undefined ? found.filter(({ cohorts }) => cohorts?.includes(cohortId) !== true) : found
  if (log.dryRun) return await previewMoves(client, projectId, votes, () => effect)
  if (effect === 'h' && cohortId !== undefined && votes.length === 0) return { id: null, matched: 0, moves: [], tallies: [] }

  const { rows } = await client.query<{ id: number }>(
    `insert into invalidations (project_id, reason, actor, request, matched, effect, cohort_id, evidence)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning invalidation_id as id`,
    [
      projectId, log.reason, log.actor, JSON.stringify(log.request), votes.filter(({ state }) => state !== effect).length, effect,
      cohortId ?? null, log.cohort === undefined ? null : JSON.stringify(log.cohort.evidence),
    ],
  )
  const id = rows[0]?.id
  if (id === undefined) throw new Error('the new action came back without an id')
  await addLayers(client, projectId, id, votes)
  return await moveVotes(client, projectId, id, votes, () => effect)
}

export type UndoResult = ActionResult | 'unknown' | 'already_undone'

/** Every vote of the action that is still out because of it goes back to the state it had; one that something else keeps out stays out. */
export async function undoInvalidation(
  client: PoolClient, projectId: number, invalidationId: number, log: { reason: string | null; actor: string },
): Promise<UndoResult> {
  const { rows: found } = await client.query<{ undone: boolean }>(
    `select undone_at is not null as undone from invalidations where project_id = $1 and invalidation_id = $2 for update`,
    [projectId, invalidationId],
  )
  if (found[0] === undefined) return 'unknown'
  if (found[0].undone) return 'already_undone'
  const result = await endActions(client, projectId, invalidationId, [invalidationId], null)
  await client.query(
    `update invalidations set undone_at = now(), undone_by = $3, undo_reason = $4 where project_id = $1 and invalidation_id = $2`,
    [projectId, invalidationId, log.actor, log.reason],
  )
  return result
}

/** Held votes become counted, whatever held them. */
export async function releaseVotes(
  client: PoolClient, projectId: number, selection: Selection, log: { reason: string; actor: string; request: unknown; dryRun: boolean },
): Promise<ActionResult> {
  const votes = await selectVotes(client, projectId, selection, ['h'], !log.dryRun)
  if (log.dryRun) return await previewMoves(client, projectId, votes, () => 'c')
  const { rows } = await client.query<{ id: number }>(
    `insert into releases (project_id, reason, actor, request, matched) values ($1, $2, $3, $4, $5) returning release_id as id`,
    [projectId, log.reason, log.actor, JSON.stringify(log.request), votes.length],
  )
  await clearLayers(client, projectId, votes)
  return await moveVotes(client, projectId, rows[0]?.id ?? null, votes, () => 'c')
}

export interface InvalidationRow {
  id: number
  reason: string
  actor: string
  effect: 'i' | 'h'
  cohortId: number | null
  matched: number
  createdAt: number
  undoneAt: number | null
  undoneBy: string | null
}

export async function listInvalidations(db: Queryable, projectId: number, before: number | null, limit: number): Promise<InvalidationRow[]> {
  const { rows } = await db.query<InvalidationRow>(
    `select invalidation_id as id, reason, actor, effect, cohort_id as "cohortId", matched, created_at as "createdAt",
       undone_at as "undoneAt", undone_by as "undoneBy"
     from invalidations where project_id = $1 and ($2::int is null or invalidation_id < $2)
     order by invalidation_id desc limit $3`,
    [projectId, before, limit],
  )
  return rows
}

/** Locked where they will be changed; a preview must not keep voters, and with them the one writer of votes, waiting. */
async function selectVotes(
  client: PoolClient, projectId: number, { filter, named }: Selection, from: ('c' | 'h')[], lock: boolean,
): Promise<(SelectedVote & { cohorts: number[] | null })[]> {
  const { rows } = await client.query<SelectedVote & { cohorts: number[] | null }>(
    `select ${SELECTED_VOTE}, h.cohorts
     from votes v ${LAST_DECISION} ${HOLDERS}
     where ${VOTE_FILTER} and v.state = any($15::"char"[])
     order by v.item_id, v.voter
     ${lock ? 'for update of v' : ''}`,
    [...filterValues(projectId, filter, named), from],
  )
  return rows
}
