/** One vote: every time it was cast, and every action that was ever taken on it. */
import type { HeldFor, VoteState } from '../../server/contract/primitives.ts'
import type { StateCode } from '../../server/gate/settle.ts'
import type { Queryable } from '../queryable.ts'
import { type ListedVote, readVotes } from './vote-list.ts'

export interface VoteDecision {
  decidedAt: number
  value: 0 | 1
  state: VoteState
  score: number
  action: string
  wouldHave: string | null
  policy: string
  breakdown: unknown
  signals: unknown
  heldFor: HeldFor | null
  cohortId: number | null
  ipAddress: string
  fingerprint: string | null
  core: string | null
  asn: number | null
  country: string | null
  userAgent: string | null
  origin: string
}
export interface VoteLayer {
  id: number
  effect: StateCode
  /** State below the layer. */
  prior: StateCode
  reason: string
  actor: string
  createdAt: number
  cohortId: number | null
  /** Whether it still lies over the vote. */
  standing: boolean
  undoneAt: number | null
  undoneBy: string | null
}

/** null: the project has no such vote. */
export async function findVote(db: Queryable, projectId: number, itemId: number, voter: string): Promise<ListedVote | null> {
  const { rows } = await db.query<{ castAt: number }>(
    'select cast_at as "castAt" from votes where project_id = $1 and item_id = $2 and voter = $3', [projectId, itemId, voter])
  const castAt = rows[0]?.castAt
  return castAt === undefined ? null : (await readVotes(db, projectId, [{ itemId, voter, castAt }]))[0] ?? null
}

/** Newest first, within retention. */
export async function listVoteDecisions(db: Queryable, projectId: number, itemId: number, voter: string, limit: number): Promise<VoteDecision[]> {
  const { rows } = await db.query<VoteDecision>(
    `select decided_at as "decidedAt", value::text::int as value,
       case state when 'c' then 'counted' when 'h' then 'held' else 'invalidated' end as state, score, action, would_have as "wouldHave",
       policy, breakdown, signals, held_for as "heldFor", cohort_id as "cohortId", host(ip_address) as "ipAddress", fingerprint, core, asn, country,
       user_agent as "userAgent", origin
     from decisions where project_id = $1 and item_id = $2 and voter = $3
     order by decided_at desc, decision_id desc limit $4`,
    [projectId, itemId, voter, limit],
  )
  return rows
}

/** Newest first; ended ones as well. */
export async function listVoteLayers(db: Queryable, projectId: number, itemId: number, voter: string, limit: number): Promise<VoteLayer[]> {
  const { rows } = await db.query<VoteLayer>(
    `select a.invalidation_id as id, a.effect, i.prior_state as prior, a.reason, a.actor, a.created_at as "createdAt", a.cohort_id as "cohortId",
       not i.ended as standing, a.undone_at as "undoneAt", a.undone_by as "undoneBy"
     from invalidated_votes i join invalidations a using (project_id, invalidation_id)
     where i.project_id = $1 and i.item_id = $2 and i.voter = $3
     order by a.invalidation_id desc limit $4`,
    [projectId, itemId, voter, limit],
  )
  return rows
}
