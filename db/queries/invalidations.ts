/**
 * Taking votes out of the tally and putting them back. Rows, not deletions: each knows its reason, its actor, and the
 * state every vote had, so that undo is exact even after later changes and whatever order actions are undone in.
 */
import type { PoolClient } from 'pg'
import type { StateCode } from '../../server/gate/settle.ts'
import type { Queryable } from '../queryable.ts'
import { keepMergesOut } from './merge-locks.ts'
import { type ActionResult, type AlikeVotes, SELECTED_VOTE, type SelectedVote, addLayers, endActions, moveVotes, previewMoves } from './vote-moves.ts'
import { type NamedVotes, Parameters, type VoteFilterRow, selectionSql } from './vote-filter.ts'

export interface Selection {
  filter: VoteFilterRow
  named: NamedVotes | null
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
  return await act(client, projectId, selection, 'i', log)
}

/**
 * Counted votes become held. Those that are held already get this as one more reason and are not among the matched: they
 * stay held when what held them first ends. A cohort’s hold passes over votes the cohort holds already, and is
 * not written down (`id` is null) when none is left.
 */
export async function holdVotes(client: PoolClient, projectId: number, selection: Selection, log: ActionLog): Promise<ActionResult> {
  return await act(client, projectId, selection, 'h', log)
}

/**
 * Held votes become counted, whatever held them: a layer over all of that, so that taking the release back holds them again for the same
 * reasons, as far as these still stand.
 */
export async function releaseVotes(client: PoolClient, projectId: number, selection: Selection, log: ActionLog): Promise<ActionResult> {
  return await act(client, projectId, selection, 'c', log)
}

/** An action on very many votes takes its time: some 40 µs each (measured with 300,000). */
const STATEMENT_TIMEOUT = '120s'

async function begin(client: PoolClient, projectId: number): Promise<void> {
  await client.query(`select set_config('statement_timeout', $1, true)`, [STATEMENT_TIMEOUT])
  await keepMergesOut(client, projectId)
}

/** Must run inside a transaction: the votes stay locked until their tally has moved too. */
async function act(client: PoolClient, projectId: number, selection: Selection, effect: StateCode, log: ActionLog): Promise<ActionResult> {
  const cohortId = log.cohort?.id
  const asked: Asked = { ...selection, from: effect === 'c' ? ['h'] : ['c', 'h'], not: effect === 'h' ? cohortId : undefined }
  if (log.dryRun) return await previewMoves(client, projectId, await countVotes(client, projectId, asked), effect)
  await begin(client, projectId)
  const votes = await lockVotes(client, projectId, asked)
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

export type UndoResult = ActionResult | 'unknown' | 'already_undone' | 'final'

/**
 * Every vote of the action that is where it is because of it goes back to the state it had; one that something else keeps out stays out.
 * `final`: a release from before there were layers for them.
 */
export async function undoInvalidation(
  client: PoolClient, projectId: number, invalidationId: number, log: { reason: string | null; actor: string },
): Promise<UndoResult> {
  await begin(client, projectId)
  const { rows: [found] } = await client.query<{ undone: boolean; final: boolean }>(
    `select undone_at is not null as undone, final from invalidations where project_id = $1 and invalidation_id = $2 for update`,
    [projectId, invalidationId],
  )
  if (found === undefined) return 'unknown'
  if (found.undone) return 'already_undone'
  if (found.final) return 'final'
  const result = await endActions(client, projectId, invalidationId, [invalidationId], null)
  await client.query(
    `update invalidations set undone_at = now(), undone_by = $3, undo_reason = $4 where project_id = $1 and invalidation_id = $2`,
    [projectId, invalidationId, log.actor, log.reason],
  )
  return result
}

export interface InvalidationRow {
  id: number
  reason: string
  actor: string
  effect: StateCode
  /** It cannot be undone. */
  final: boolean
  cohortId: number | null
  matched: number
  createdAt: number
  undoneAt: number | null
  undoneBy: string | null
}

export async function listInvalidations(db: Queryable, projectId: number, before: number | null, limit: number): Promise<InvalidationRow[]> {
  const { rows } = await db.query<InvalidationRow>(
    `select invalidation_id as id, reason, actor, effect, final, cohort_id as "cohortId", matched, created_at as "createdAt",
       undone_at as "undoneAt", undone_by as "undoneBy"
     from invalidations where project_id = $1 and ($2::int is null or invalidation_id < $2)
     order by invalidation_id desc limit $3`,
    [projectId, before, limit],
  )
  return rows
}

interface Asked extends Selection {
  from: StateCode[]
  /** Without what this cohort holds already. */
  not: number | undefined
}

function askedSql(projectId: number, { filter, named, from, not }: Asked, parameters: Parameters): string {
  const { joins, where } = selectionSql(projectId, filter, named, parameters, { holders: not !== undefined })
  return `from votes v ${joins} where ${where} and v.state = any(${parameters.add(from)}::"char"[])
    ${not === undefined ? '' : `and (${parameters.add(not)}::int = any(h.cohorts)) is not true`}`
}

async function lockVotes(client: PoolClient, projectId: number, asked: Asked): Promise<SelectedVote[]> {
  const parameters = new Parameters()
  const { rows } = await client.query<SelectedVote>(
    `select ${SELECTED_VOTE} ${askedSql(projectId, asked, parameters)} order by v.item_id, v.voter for update of v`, parameters.values)
  return rows
}

/** Without a lock: a preview must not keep voters, and with them the one writer of votes, waiting. */
async function countVotes(client: PoolClient, projectId: number, asked: Asked): Promise<AlikeVotes[]> {
  const parameters = new Parameters()
  const { rows } = await client.query<AlikeVotes>(
    `select v.item_id as "itemId", v.tier, v.state, v.value::text::int as value, case when v.superseded_by is null then null else '' end as "supersededBy",
       count(*)::int as votes
     ${askedSql(projectId, asked, parameters)} group by 1, 2, 3, 4, 5`,
    parameters.values,
  )
  return rows
}
