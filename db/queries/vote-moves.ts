/**
 * Votes moving between states together with their tallies, and the layers of actions over them (server/gate/vote-layers.ts).
 * Every function that changes something runs inside a transaction and after the votes it changes were locked, in key order.
 */
import type { PoolClient } from 'pg'
import { type StateCode, type TallyDelta, type TierCode, type ValueCode, addVote, noMove } from '../../server/gate/settle.ts'
import { type Layer, removeLayers } from '../../server/gate/vote-layers.ts'
import { type Tally, applyTallyDeltas } from './tallies.ts'

export interface SelectedVote {
  itemId: number
  voter: string
  tier: TierCode
  state: StateCode
  value: ValueCode
  supersededBy: string | null
}

/** Columns of `votes v` as a SelectedVote. */
export const SELECTED_VOTE = `v.item_id as "itemId", v.voter, v.tier, v.state, v.value::text::int as value,
  v.superseded_by as "supersededBy"`

export interface TallyMove {
  itemId: number
  /** Counted votes. */
  before: number
  after: number
  /** Of those, verified users’. */
  verified: { before: number; after: number }
}
export interface ActionResult {
  id: number | null
  /** Votes that change state. */
  matched: number
  moves: TallyMove[]
  tallies: Tally[]
}

/** Votes and the states they go to; `id` names the action in the result. */
export async function moveVotes(
  client: PoolClient, projectId: number, id: number | null, votes: readonly SelectedVote[], stateOf: (vote: SelectedVote) => StateCode,
): Promise<ActionResult> {
  const moving = votes.filter((vote) => stateOf(vote) !== vote.state)
  const deltas = deltasOf(projectId, moving, stateOf)
  await client.query(
    `update votes v set state = n.state::"char"
     from unnest($2::int[], $3::uuid[], $4::text[]) as n (item_id, voter, state)
     where v.project_id = $1 and v.item_id = n.item_id and v.voter = n.voter`,
    [projectId, moving.map((v) => v.itemId), moving.map((v) => v.voter), moving.map(stateOf)],
  )
  const tallies = await applyTallyDeltas(client, deltas)
  const after = new Map(tallies.map((tally) => [tally.itemId, tally]))
  const moves = deltas.map((delta) => {
    const now = after.get(delta.itemId) ?? noMove(projectId, delta.itemId)
    return {
      itemId: delta.itemId, before: now.counted - delta.counted, after: now.counted,
      verified: { before: now.countedVerified - delta.countedVerified, after: now.countedVerified },
    }
  })
  return { id, matched: moving.length, moves, tallies }
}

/** Votes alike in all that tells what moving them changes. */
export interface AlikeVotes extends Omit<SelectedVote, 'voter'> {
  votes: number
}

/** What moveVotes would answer; changes and locks nothing. */
export async function previewMoves(
  client: PoolClient, projectId: number, votes: readonly AlikeVotes[], to: StateCode,
): Promise<ActionResult> {
  const moving = votes.filter(({ state }) => state !== to)
  const deltas = deltasOf(projectId, moving, () => to)
  const { rows } = await client.query<{ itemId: number; counted: number; countedVerified: number }>(
    `select item_id as "itemId", counted, counted_verified as "countedVerified" from tallies
     where project_id = $1 and item_id = any($2::int[])`,
    [projectId, deltas.map((delta) => delta.itemId)],
  )
  const present = new Map(rows.map((row) => [row.itemId, row]))
  const moves = deltas.map((delta) => {
    const now = present.get(delta.itemId) ?? noMove(projectId, delta.itemId)
    return {
      itemId: delta.itemId, before: now.counted, after: now.counted + delta.counted,
      verified: { before: now.countedVerified, after: now.countedVerified + delta.countedVerified },
    }
  })
  return { id: null, matched: moving.reduce((sum, alike) => sum + alike.votes, 0), moves, tallies: [] }
}

function deltasOf<V extends Omit<SelectedVote, 'voter'> & { votes?: number }>(
  projectId: number, votes: readonly V[], stateOf: (vote: V) => StateCode,
): TallyDelta[] {
  const deltas = new Map<number, TallyDelta>()
  for (const vote of votes) {
    const delta = deltas.get(vote.itemId) ?? noMove(projectId, vote.itemId)
    addVote(delta, vote, -1, vote.votes)
    addVote(delta, { ...vote, state: stateOf(vote) }, 1, vote.votes)
    deltas.set(vote.itemId, delta)
  }
  return [...deltas.values()].toSorted((a, b) => a.itemId - b.itemId)
}

/** A layer of the action over each vote. */
export async function addLayers(client: PoolClient, projectId: number, action: number, votes: readonly SelectedVote[]): Promise<void> {
  await client.query(
    `insert into invalidated_votes (project_id, invalidation_id, item_id, voter, prior_state)
     select $1, $2, item_id, voter, prior::"char" from unnest($3::int[], $4::uuid[], $5::text[]) as v (item_id, voter, prior)`,
    [projectId, action, votes.map((v) => v.itemId), votes.map((v) => v.voter), votes.map((v) => v.state)],
  )
}

/**
 * Ends the actions for every vote they still lie over; with a cohort, also its hold on votes that were held for it when they
 * were cast. A vote that something else keeps out stays out.
 */
export async function endActions(
  client: PoolClient, projectId: number, id: number, actions: readonly number[], cohortId: number | null,
): Promise<ActionResult> {
  const { rows: votes } = await client.query<SelectedVote>(
    `select ${SELECTED_VOTE} from votes v
     where v.project_id = $1 and (v.item_id, v.voter) in (
       select i.item_id, i.voter from invalidated_votes i where i.project_id = $1 and i.invalidation_id = any($2::int[]) and not i.ended
       union select x.item_id, x.voter from decisions x where x.project_id = $1 and x.cohort_id = $3
     )
     order by v.item_id, v.voter
     for update of v`,
    [projectId, actions, cohortId],
  )
  // Read after the lock: whoever held it may have changed these.
  const layers = await readLayers(client, projectId, votes)
  const arrivals = cohortId === null ? new Set<string>() : await readArrivals(client, projectId, votes, cohortId)
  const ended = new Set(actions)
  const after = new Map(votes.map((vote) => {
    const key = keyOf(vote)
    return [key, removeLayers(vote.state, layers.get(key) ?? [], ended, arrivals.has(key))]
  }))
  await writeLayers(client, projectId, actions, votes.flatMap((vote) =>
    (after.get(keyOf(vote))?.layers ?? []).map((layer) => ({ ...vote, ...layer }))))
  return await moveVotes(client, projectId, id, votes, (vote) => after.get(keyOf(vote))?.state ?? vote.state)
}

const keyOf = ({ itemId, voter }: { itemId: number; voter: string }): string => `${itemId}:${voter}`

async function readLayers(client: PoolClient, projectId: number, votes: readonly SelectedVote[]): Promise<Map<string, Layer[]>> {
  const { rows } = await client.query<Layer & { itemId: number; voter: string }>(
    `select i.item_id as "itemId", i.voter, i.invalidation_id as action, a.effect, i.prior_state as prior
     from invalidated_votes i
     join invalidations a using (project_id, invalidation_id)
     join unnest($2::int[], $3::uuid[]) as v (item_id, voter) using (item_id, voter)
     where i.project_id = $1 and not i.ended
     order by i.invalidation_id`,
    [projectId, votes.map((v) => v.itemId), votes.map((v) => v.voter)],
  )
  const layers = new Map<string, Layer[]>()
  for (const { itemId, voter, ...layer } of rows) {
    const key = keyOf({ itemId, voter })
    const below = layers.get(key)
    if (below === undefined) layers.set(key, [layer])
    else below.push(layer)
  }
  return layers
}

/** Votes whose last reason to be held when they were cast is this cohort. Later decisions without a reason do not end it. */
async function readArrivals(client: PoolClient, projectId: number, votes: readonly SelectedVote[], cohortId: number): Promise<Set<string>> {
  const { rows } = await client.query<{ itemId: number; voter: string }>(
    `select v.item_id as "itemId", v.voter
     from unnest($2::int[], $3::uuid[]) as v (item_id, voter)
     cross join lateral (
       select x.cohort_id from decisions x
       where x.project_id = $1 and x.voter = v.voter and x.item_id = v.item_id and x.held_for is not null
       order by x.decided_at desc limit 1
     ) d
     where d.cohort_id = $4`,
    [projectId, votes.map((v) => v.itemId), votes.map((v) => v.voter), cohortId],
  )
  return new Set(rows.map(keyOf))
}

async function writeLayers(
  client: PoolClient, projectId: number, ended: readonly number[], standing: readonly (Layer & { itemId: number; voter: string })[],
): Promise<void> {
  await client.query(
    `update invalidated_votes i set ended = true where i.project_id = $1 and i.invalidation_id = any($2::int[]) and not i.ended`,
    [projectId, ended],
  )
  await client.query(
    `update invalidated_votes i set prior_state = n.prior::"char"
     from unnest($2::int[], $3::int[], $4::uuid[], $5::text[]) as n (action, item_id, voter, prior)
     where i.project_id = $1 and i.invalidation_id = n.action and i.item_id = n.item_id and i.voter = n.voter
       and i.prior_state <> n.prior::"char"`,
    [projectId, standing.map((l) => l.action), standing.map((l) => l.itemId), standing.map((l) => l.voter), standing.map((l) => l.prior)],
  )
}
