/**
 * A merge taken back. Each vote that moved goes back as it is now: as its voter left it, with what moderators did to it since, and the
 * decisions it came with. What people did on the target since stays there, and so do these:
 *
 * - A voter who came, and in whose name a device’s vote there has given way since, has voted there: that vote stays there too.
 * - The devices such a voter speaks for stay there as well: signing out buys no second vote.
 * - A device’s vote that gave way since comes back to the source, taken back if the person has taken it back in their own name.
 */
import type { PoolClient } from 'pg'
import { undoInvalidation } from './invalidations.ts'
import { beginMerge, lockItemsOfMerge } from './merge-locks.ts'
import { type Merge, countMergedVotes, joinByHash, swapLayers, tallyDifference } from './merge-moves.ts'
import { returnSeats } from './merge-seats.ts'
import { LATER_MERGE, type MergeResult } from './merges.ts'
import { type Tally, applyTallyDeltas } from './tallies.ts'

export type UndoMergeFault = 'unknown' | 'already_undone' | { laterMerge: number }

/** In a transaction of its own, as a merge is. `moved` and `kept` are those of the merge. */
export async function undoMerge(
  client: PoolClient, projectId: number, mergeId: number, log: { reason: string | null; actor: string },
): Promise<(MergeResult & { itemId: number; into: number }) | UndoMergeFault> {
  await beginMerge(client, projectId)
  const { rows: [found] } = await client.query<{
    itemId: number; into: number; moved: number; kept: number; held: number; hold: number | null; undone: boolean; later: number | null
  }>(
    `select m.item_id as "itemId", m.into_id as into, m.moved, m.kept, m.held, m.invalidation_id as hold, m.undone_at is not null as undone,
       (${LATER_MERGE} order by l.merge_id desc limit 1) as later
     from merges m where m.project_id = $1 and m.merge_id = $2 for update of m`,
    [projectId, mergeId],
  )
  if (found === undefined) return 'unknown'
  if (found.undone) return 'already_undone'
  if (found.later !== null) return { laterMerge: found.later }
  const { itemId, into, moved, kept, held } = found
  const merge: Merge = { projectId, id: mergeId, itemId, into }
  await lockItemsOfMerge(client, projectId, [itemId, into])

  const first = await readTallies(client, merge)
  // It may have been undone by itself before.
  if (found.hold !== null) await undoInvalidation(client, projectId, found.hold, log)
  await applyTallyDeltas(client, await joinByHash(client, moved, async () => {
    await decideWhatStays(client, merge)
    const before = await countMergedVotes(client, merge)
    await returnVotes(client, merge)
    await returnSeats(client, merge)
    return tallyDifference(before, await countMergedVotes(client, merge))
  }))
  await client.query('update items set merged_into = null where project_id = $1 and item_id = $2', [projectId, itemId])
  await client.query(
    'update merges set undone_at = clock_timestamp(), undone_by = $3, undo_reason = $4 where project_id = $1 and merge_id = $2',
    [projectId, mergeId, log.actor, log.reason],
  )
  const tallies = await readTallies(client, merge)
  const moves = tallies.map((now) => {
    const then = first.find((tally) => tally.itemId === now.itemId) ?? now
    return {
      itemId: now.itemId, before: then.counted, after: now.counted, verified: { before: then.countedVerified, after: now.countedVerified },
    }
  })
  return { id: mergeId, itemId, into, moved, kept, held, moves, tallies }
}

async function readTallies(client: PoolClient, { projectId, itemId, into }: Merge): Promise<Tally[]> {
  const { rows } = await client.query<Tally>(
    `select project_id as "projectId", item_id as "itemId", counted, held, invalidated, counted_verified as "countedVerified",
       held_verified as "heldVerified", invalidated_verified as "invalidatedVerified", version::float8 as version
     from tallies where project_id = $1 and item_id in ($2, $3) order by item_id`,
    [projectId, itemId, into],
  )
  return rows
}

/** `went_back`: c where something stays on the target, w where nothing does. */
async function decideWhatStays(client: PoolClient, { projectId, id, into }: Merge): Promise<void> {
  const { rows } = await client.query<{ voter: string }>(
    `select distinct y.superseded_by as voter from votes y
     where y.project_id = $1 and y.item_id = $3 and y.superseded_by is not null
       and exists (
         select from merged_votes x where x.project_id = $1 and x.merge_id = $2 and x.voter = y.superseded_by and x.what in ('m', 's'))
       and not exists (
         select from merged_votes m where m.project_id = $1 and m.merge_id = $2 and m.voter = y.voter and m.superseded_by = y.superseded_by
           and (m.what in ('m', 'k', 'b') or (m.what = 'l' and exists (
             select from votes x where x.project_id = $1 and x.item_id = $3 and x.voter = y.superseded_by and x.value = '1'))))`,
    [projectId, id, into],
  )
  const spoke = rows.map(({ voter }) => voter)
  await client.query(
    `update merged_votes m
     set went_back = (case when m.voter = any($4::uuid[]) or n.superseded_by = any($4::uuid[]) or n.superseded_by is distinct from m.superseded_by
       then 'c' else 'w' end)::"char"
     from votes n
     where m.project_id = $1 and m.merge_id = $2 and m.what in ('m', 's') and n.project_id = $1 and n.item_id = $3 and n.voter = m.voter`,
    [projectId, id, into, spoke],
  )
}

/** `n` is the row on the target, `m` its line in merged_votes: 0 where it gave way since, to somebody who has taken it back. */
const VALUE_AGAIN = `
  case when n.superseded_by is distinct from m.superseded_by
    and exists (select from votes w where w.project_id = $1 and w.item_id = $4 and w.voter = n.superseded_by and w.value = '0')
    then '0' else n.value end`

async function returnVotes(client: PoolClient, merge: Merge): Promise<void> {
  const { projectId, id, itemId, into } = merge
  const values = [projectId, id, itemId, into]
  const whole = `m.project_id = $1 and m.merge_id = $2 and m.what = 'm' and m.went_back = 'w'`
  const copied = `m.project_id = $1 and m.merge_id = $2 and m.what = 'm' and m.went_back = 'c'`
  await client.query(
    `insert into votes (project_id, item_id, voter, cast_at, tier, state, value, superseded_by)
     select $1, $3, n.voter, n.cast_at, n.tier, n.state, ${VALUE_AGAIN}, m.superseded_by
     from merged_votes m join votes n on n.project_id = $1 and n.item_id = $4 and n.voter = m.voter where ${copied}`,
    values,
  )
  await client.query(
    `insert into invalidated_votes (project_id, invalidation_id, item_id, voter, prior_state, ended)
     select $1, i.invalidation_id, $3, i.voter, i.prior_state, i.ended
     from merged_votes m join invalidated_votes i on i.project_id = $1 and i.item_id = $4 and i.voter = m.voter where ${copied}`,
    values,
  )
  // Before those who speak for others leave.
  await exchangeVotes(client, merge)
  await client.query(
    `update votes v set item_id = $3 from merged_votes m where ${whole} and v.project_id = $1 and v.item_id = $4 and v.voter = m.voter`, values)
  await client.query(
    `update invalidated_votes i set item_id = $3 from merged_votes m where ${whole} and i.project_id = $1 and i.item_id = $4 and i.voter = m.voter`,
    values,
  )
  await freeDevices(client, merge)
  await client.query(
    `update decisions d set item_id = case d.item_id when $4 then $3 else $4 end
     from merged_votes m join merges g on g.project_id = m.project_id and g.merge_id = m.merge_id
     where m.project_id = $1 and m.merge_id = $2 and m.what in ('m', 's') and d.project_id = $1 and d.voter = m.voter
       and ((d.item_id = $4 and (m.went_back = 'w' or d.recorded_at <= g.created_at)) or (m.what = 's' and d.item_id = $3))`,
    values,
  )
}

/** Those that changed places change back. What is the row’s stays with it; what its voter did on the target since stays there. */
async function exchangeVotes(client: PoolClient, merge: Merge): Promise<void> {
  const { projectId, id, itemId, into } = merge
  await client.query(
    `with pair as materialized (
       select m.voter, m.went_back = 'c' as stays, n.state, n.value, n.cast_at, n.superseded_by, ${VALUE_AGAIN} as value_again,
         o.state as old_state, o.value as old_value, o.cast_at as old_cast_at, o.superseded_by as old_superseded_by
       from merged_votes m
       join votes n on n.project_id = $1 and n.item_id = $4 and n.voter = m.voter
       join votes o on o.project_id = $1 and o.item_id = $3 and o.voter = m.voter
       where m.project_id = $1 and m.merge_id = $2 and m.what = 's'
     )
     update votes v set
       state = case v.item_id when $3 then p.state else p.old_state end,
       value = case when v.item_id = $3 then p.value_again when p.stays then p.value else p.old_value end,
       cast_at = case when v.item_id = $3 or p.stays then p.cast_at else p.old_cast_at end,
       superseded_by = case when v.item_id = $3 then null when p.stays then p.superseded_by else p.old_superseded_by end
     from pair p where v.project_id = $1 and v.item_id in ($3, $4) and v.voter = p.voter`,
    [projectId, id, itemId, into],
  )
  await swapLayers(client, merge)
}

/** Devices of the target whose votes gave way to somebody who came and has gone again, and did not take it back meanwhile. */
async function freeDevices(client: PoolClient, { projectId, id, itemId, into }: Merge): Promise<void> {
  await client.query(
    `update votes d set superseded_by = null
     from merged_votes m join votes back on back.project_id = $1 and back.item_id = $3 and back.voter = m.superseded_by and back.value = '1'
     where m.project_id = $1 and m.merge_id = $2 and m.what = 'l' and d.project_id = $1 and d.item_id = $4 and d.voter = m.voter
       and d.superseded_by = m.superseded_by
       and not exists (select from votes c where c.project_id = $1 and c.item_id = $4 and c.voter = m.superseded_by and c.value = '1')`,
    [projectId, id, itemId, into],
  )
}
