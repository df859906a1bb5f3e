/** Merging an item into another: checked, applied with its tallies, listed. Taken back in merge-undo.ts. */
import type { PoolClient } from 'pg'
import type { Queryable } from '../queryable.ts'
import { holdVotes } from './invalidations.ts'
import { type MergeableItem, beginMerge, lockItemsOfMerge } from './merge-locks.ts'
import {
  type Merge, type MergeFigures, countMergedVotes, countVotes, joinByHash, moveMergedVotes, planMerge, previewMerge, tallyDifference,
} from './merge-moves.ts'
import { type SeatTaker, moveSeats, readSeatTakers, readSharedBuckets } from './merge-seats.ts'
import { type Tally, applyTallyDeltas } from './tallies.ts'
import type { TallyMove } from './vote-moves.ts'

export interface MergeResult extends MergeFigures {
  /** null: only looked at. */
  id: number | null
  /** Of the moved: those that another vote of their fingerprint’s seat keeps out. */
  held: number
  moves: TallyMove[]
  tallies: Tally[]
}

export interface MergeRequest {
  itemId: number
  into: number
  reason: string
  actor: string
  /** Counted votes that one fingerprint bucket may have on an item. */
  bucketSeats: number
  bucketOf(taker: SeatTaker): string
}

export type MergeFault =
  | { fault: 'unknown'; itemId: number }
  /** One of the two is itself merged into another. */
  | { fault: 'merged'; item: MergeableItem }

/** In a transaction of its own: it begins with locks (merge-locks.ts) that nothing may be locked before. */
export async function mergeItem(client: PoolClient, projectId: number, request: MergeRequest): Promise<MergeResult | MergeFault> {
  const { itemId, into, reason, actor } = request
  await beginMerge(client, projectId)
  const fault = faultOf(request, await lockItemsOfMerge(client, projectId, [itemId, into]))
  if (fault !== null) return fault
  const seats = await assignSeats(client, projectId, request)

  const { rows: [made] } = await client.query<{ id: number }>(
    `insert into merges (project_id, item_id, into_id, reason, actor) values ($1, $2, $3, $4, $5) returning merge_id as id`,
    [projectId, itemId, into, reason, actor],
  )
  if (made === undefined) throw new Error('the new merge came back without an id')
  const merge: Merge = { projectId, id: made.id, itemId, into }
  const { moved, kept, deltas } = await joinByHash(client, await countVotes(client, projectId, itemId), async () => {
    const figures = await planMerge(client, merge)
    const before = await countMergedVotes(client, merge)
    await moveMergedVotes(client, merge)
    await moveSeats(client, merge, seats.admitted)
    return { ...figures, deltas: tallyDifference(before, await countMergedVotes(client, merge)) }
  })
  const tallies = await applyTallyDeltas(client, deltas)
  const hold = await holdUnseated(client, merge, seats.unseated, request)
  await client.query('update items set merged_into = $3 where project_id = $1 and item_id = $2', [projectId, itemId, into])
  await client.query(
    'update merges set moved = $3, kept = $4, held = $5, invalidation_id = $6 where project_id = $1 and merge_id = $2',
    [projectId, merge.id, moved, kept, hold.held, hold.action],
  )
  const now = tallies.map((tally) => hold.tallies.find((later) => later.itemId === tally.itemId) ?? tally)
  const moves = deltas.map(({ itemId: item, counted, countedVerified }): TallyMove => {
    const first = tallies.find((tally) => tally.itemId === item)
    const last = now.find((tally) => tally.itemId === item)
    return {
      itemId: item, before: (first?.counted ?? 0) - counted, after: last?.counted ?? 0,
      verified: { before: (first?.countedVerified ?? 0) - countedVerified, after: last?.countedVerified ?? 0 },
    }
  })
  return { id: merge.id, moved, kept, held: hold.held, moves, tallies: now }
}

/** What mergeItem would answer; changes and locks nothing. */
export async function previewMergeItem(client: PoolClient, projectId: number, request: MergeRequest): Promise<MergeResult | MergeFault> {
  const { itemId, into } = request
  const { rows: items } = await client.query<MergeableItem>(
    `select item_id as id, title, merged_into as "mergedInto" from items where project_id = $1 and item_id in ($2, $3)`, [projectId, itemId, into])
  const fault = faultOf(request, items)
  if (fault !== null) return fault
  const { moved, kept, deltas } = await previewMerge(client, projectId, itemId, into)
  const { unseated } = await assignSeats(client, projectId, request)
  const { rows: present } = await client.query<{ itemId: number; counted: number; countedVerified: number }>(
    `select item_id as "itemId", counted, counted_verified as "countedVerified" from tallies where project_id = $1 and item_id in ($2, $3)`,
    [projectId, itemId, into],
  )
  const moves = deltas.map(({ itemId: item, counted, countedVerified }): TallyMove => {
    const now = present.find((tally) => tally.itemId === item) ?? { counted: 0, countedVerified: 0 }
    return {
      itemId: item, before: now.counted, after: now.counted + counted - (item === into ? unseated.length : 0),
      verified: { before: now.countedVerified, after: now.countedVerified + countedVerified },
    }
  })
  return { id: null, moved, kept, held: unseated.length, moves, tallies: [] }
}

function faultOf({ itemId, into }: MergeRequest, items: readonly MergeableItem[]): MergeFault | null {
  for (const id of [itemId, into]) {
    const item = items.find((found) => found.id === id)
    if (item === undefined) return { fault: 'unknown', itemId: id }
    if (item.mergedInto !== null) return { fault: 'merged', item }
  }
  return null
}

/** In buckets with seats on both items: how many of the source’s are left on the target, and whose votes are too many. */
async function assignSeats(
  client: PoolClient, projectId: number, { itemId, into, bucketSeats, bucketOf }: MergeRequest,
): Promise<{ admitted: Map<string, number>; unseated: string[] }> {
  const shared = await readSharedBuckets(client, projectId, itemId, into)
  const free = new Map(shared.map(({ bucket, seats }) => [bucket, Math.max(0, bucketSeats - seats)]))
  const admitted = new Map(shared.map(({ bucket }) => [bucket, 0]))
  const unseated: string[] = []
  for (const taker of shared.length === 0 ? [] : await readSeatTakers(client, projectId, itemId, into)) {
    const bucket = bucketOf(taker)
    const left = free.get(bucket)
    if (left === undefined) continue
    if (left === 0) {
      unseated.push(taker.voter)
      continue
    }
    free.set(bucket, left - 1)
    admitted.set(bucket, (admitted.get(bucket) ?? 0) + 1)
  }
  return { admitted, unseated }
}

/** A hold like a moderator’s: seen with them, released like them, and undone with the merge. */
async function holdUnseated(
  client: PoolClient, { projectId, id, itemId, into }: Merge, voters: readonly string[], { reason, actor }: MergeRequest,
): Promise<{ action: number | null; held: number; tallies: Tally[] }> {
  if (voters.length === 0) return { action: null, held: 0, tallies: [] }
  const { id: action, matched, tallies } = await holdVotes(client, projectId, { filter: {}, named: { itemIds: voters.map(() => into), voters: [...voters] } }, {
    reason: `Came with the merge of item ${itemId}, where another vote of the same browser and network counts. ${reason}`.slice(0, 500),
    actor, request: { mergeId: id }, dryRun: false,
  })
  return { action, held: matched, tallies }
}

export interface MergeRow {
  id: number
  itemId: number
  itemTitle: string
  into: number
  intoTitle: string
  reason: string
  actor: string
  moved: number
  kept: number
  held: number
  createdAt: number
  undoneAt: number | null
  undoneBy: string | null
  /** It stands, and no later merge builds on it. */
  undoable: boolean
}

/** A later merge that stands, of or into the item this one is into: it is undone first. `m` is this one. */
export const LATER_MERGE = `
  select l.merge_id from merges l
  where l.project_id = m.project_id and l.merge_id > m.merge_id and l.undone_at is null and m.into_id in (l.item_id, l.into_id)`

/** Newest first, undone ones included; `before` is the last id of the page before. */
export async function listMerges(db: Queryable, projectId: number, before: number | null, limit: number): Promise<MergeRow[]> {
  const { rows } = await db.query<MergeRow>(
    `select m.merge_id as id, m.item_id as "itemId", a.title as "itemTitle", m.into_id as into, c.title as "intoTitle", m.reason, m.actor,
       m.moved, m.kept, m.held, m.created_at as "createdAt", m.undone_at as "undoneAt", m.undone_by as "undoneBy",
       m.undone_at is null and not exists (${LATER_MERGE}) as undoable
     from merges m
     join items a on a.project_id = m.project_id and a.item_id = m.item_id
     join items c on c.project_id = m.project_id and c.item_id = m.into_id
     where m.project_id = $1 and ($2::int is null or m.merge_id < $2)
     order by m.merge_id desc limit $3`,
    [projectId, before, limit],
  )
  return rows
}

/** Changes with every merge and every undo: whoever remembers which item a vote was for then reads it again. */
export async function countMerges(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ merges: number }>({
    name: 'merges-count', text: 'select (count(*) + count(undone_at))::int as merges from merges',
  })
  return rows[0]?.merges ?? 0
}
