/**
 * What a merge does to votes, in whole sets: a merge may be of a hundred thousand. `merged_votes` is written first and says what
 * is to be done; everything after follows it. Needs the locks of merge-locks.ts.
 *
 * - A vote that stands moves, unless its voter has a row in the target: one for each voter.
 * - Where that row is a vote taken back before this one was given, the two change places: the later will is the person’s.
 * - A vote taken back stays. It brings nothing, and whoever wants the target can say so.
 * - A device’s row that a verified voter speaks for goes where that voter’s vote is; a row the device has there is spoken for from
 *   then on when the voter’s vote arrives. Nobody comes to count twice.
 */
import type { PoolClient } from 'pg'
import { type StateCode, type TallyColumns, type TallyDelta, type TierCode, addVote, noMove } from '../../server/gate/settle.ts'
import type { Queryable } from '../queryable.ts'

export interface Merge {
  projectId: number
  id: number
  itemId: number
  into: number
}

/** `$1` project, `$2` source, `$3` target: (voter, what, superseded_by) as merged_votes has them. */
const PLAN = `
  with source as materialized (
    select a.voter, a.superseded_by, c.voter is not null as present, c.superseded_by as there_behind,
      case when a.superseded_by is not null or a.value = '0' then null
        when c.voter is null then 'm'
        when c.value = '0' and c.superseded_by is null and a.cast_at > c.cast_at then 's'
        else 'k' end as what
    from votes a left join votes c on c.project_id = $1 and c.item_id = $3 and c.voter = a.voter
    where a.project_id = $1 and a.item_id = $2
  ), came as (
    select voter from source where what in ('m', 's')
  )
  select voter, what, case what when 'k' then there_behind end as superseded_by from source where what is not null
  union all
  select voter, case when present then 'l' else 'm' end, superseded_by from source
  where superseded_by is not null and case
    when present then there_behind is null and superseded_by in (select voter from came)
    else superseded_by in (select voter from came)
      or exists (select from votes c where c.project_id = $1 and c.item_id = $3 and c.voter = source.superseded_by)
    end
  union all
  select c.voter, 'b', c.superseded_by from votes c
  where c.project_id = $1 and c.item_id = $3 and c.superseded_by in (select voter from source where what = 's')
    and c.voter not in (select voter from source where what = 'k')`

export interface MergeFigures {
  /** People’s votes: a device’s row that somebody speaks for is none. */
  moved: number
  kept: number
}

const FIGURES = `count(*) filter (where what = 's' or (what = 'm' and superseded_by is null))::int as moved, count(*) filter (where what = 'k')::int as kept`

export async function planMerge(client: PoolClient, { projectId, id, itemId, into }: Merge): Promise<MergeFigures> {
  await client.query(
    `insert into merged_votes (project_id, merge_id, voter, what, superseded_by)
     select $1, $4, voter, what::"char", superseded_by from (${PLAN}) p`,
    [projectId, itemId, into, id],
  )
  const { rows: [figures] } = await client.query<MergeFigures>(
    `select ${FIGURES} from merged_votes where project_id = $1 and merge_id = $2`, [projectId, id])
  return figures ?? { moved: 0, kept: 0 }
}

interface StandingVotes {
  itemId: number
  state: StateCode
  tier: TierCode
  votes: number
}

/** Rows of an item, as far as its tally knows of them: those taken back are few. */
export async function countVotes(db: Queryable, projectId: number, itemId: number): Promise<number> {
  const { rows: [tally] } = await db.query<{ votes: number }>(
    'select counted + held + invalidated as votes from tallies where project_id = $1 and item_id = $2', [projectId, itemId])
  return tally?.votes ?? 0
}

/** Changes and locks nothing: the figures, and what would come to and go from the tallies. */
export async function previewMerge(db: Queryable, projectId: number, itemId: number, into: number): Promise<MergeFigures & { deltas: TallyDelta[] }> {
  const { rows } = await db.query<Omit<StandingVotes, 'state' | 'tier'> & { state: StateCode | null; tier: TierCode | null; what: string; moved: number; kept: number }>(
    `with plan as materialized (${PLAN})
     select v.item_id as "itemId", v.state, v.tier, p.what, count(v.voter)::int as votes, ${FIGURES.replaceAll('what', 'p.what').replaceAll('superseded_by', 'p.superseded_by')}
     from plan p left join votes v on v.project_id = $1 and v.item_id = case p.what when 'l' then $3 else $2 end and v.voter = p.voter
       and v.value = '1' and v.superseded_by is null
     group by 1, 2, 3, 4`,
    [projectId, itemId, into],
  )
  const source = noMove(projectId, itemId)
  const target = noMove(projectId, into)
  for (const { what, state, tier, votes } of rows) {
    if (state === null || tier === null) continue
    if (what === 'l') addVotes(target, { state, tier, votes }, -1)
    if (what === 'm' || what === 's') {
      addVotes(source, { state, tier, votes }, -1)
      addVotes(target, { state, tier, votes }, 1)
    }
  }
  const sum = (column: 'moved' | 'kept'): number => rows.reduce((total, row) => total + row[column], 0)
  return { moved: sum('moved'), kept: sum('kept'), deltas: [source, target].toSorted((a, b) => a.itemId - b.itemId) }
}

function addVotes(columns: TallyColumns, { state, tier, votes }: Omit<StandingVotes, 'itemId'>, sign: 1 | -1): void {
  const one = noMove(0, 0)
  addVote(one, { state, tier, value: 1, supersededBy: null }, sign)
  for (const column of ['counted', 'held', 'invalidated', 'countedVerified', 'heldVerified', 'invalidatedVerified'] as const) {
    columns[column] += one[column] * votes
  }
}

/** What the votes of the merge’s voters come to on its two items now: asked before and after, the difference is what tallies move by. */
export async function countMergedVotes(client: PoolClient, { projectId, id, itemId, into }: Merge): Promise<TallyDelta[]> {
  const { rows } = await client.query<StandingVotes>(
    `select v.item_id as "itemId", v.state, v.tier, count(*)::int as votes
     from merged_votes m join votes v on v.project_id = m.project_id and v.item_id in ($3, $4) and v.voter = m.voter
     where m.project_id = $1 and m.merge_id = $2 and m.what in ('m', 's', 'l') and v.value = '1' and v.superseded_by is null
     group by 1, 2, 3`,
    [projectId, id, itemId, into],
  )
  return [itemId, into].toSorted((a, b) => a - b).map((item) => {
    const columns = noMove(projectId, item)
    for (const row of rows) if (row.itemId === item) addVotes(columns, row, 1)
    return columns
  })
}

/** `after` less `before`, item by item. */
export function tallyDifference(before: readonly TallyDelta[], after: readonly TallyDelta[]): TallyDelta[] {
  return after.map((now, index) => {
    const then = before[index] ?? noMove(now.projectId, now.itemId)
    return {
      projectId: now.projectId, itemId: now.itemId, counted: now.counted - then.counted, held: now.held - then.held,
      invalidated: now.invalidated - then.invalidated, countedVerified: now.countedVerified - then.countedVerified,
      heldVerified: now.heldVerified - then.heldVerified, invalidatedVerified: now.invalidatedVerified - then.invalidatedVerified,
    }
  })
}

/** The votes, what lies over them, and why they were judged as they were. */
export async function moveMergedVotes(client: PoolClient, merge: Merge): Promise<void> {
  const { projectId, id, itemId, into } = merge
  const values = [projectId, id, itemId, into]
  await client.query(
    `update votes v set state = o.state, value = o.value, cast_at = o.cast_at, superseded_by = o.superseded_by
     from merged_votes m join votes o on o.project_id = m.project_id and o.item_id in ($3, $4) and o.voter = m.voter
     where m.project_id = $1 and m.merge_id = $2 and m.what = 's'
       and v.project_id = m.project_id and v.voter = m.voter and v.item_id in ($3, $4) and v.item_id <> o.item_id`,
    values,
  )
  await client.query(
    `update votes v set superseded_by = m.superseded_by from merged_votes m
     where m.project_id = $1 and m.merge_id = $2 and m.what = 'l' and v.project_id = $1 and v.item_id = $3 and v.voter = m.voter`,
    [projectId, id, into],
  )
  await client.query(
    `update votes v set item_id = $4 from merged_votes m
     where m.project_id = $1 and m.merge_id = $2 and m.what = 'm' and v.project_id = $1 and v.item_id = $3 and v.voter = m.voter`,
    values,
  )
  await client.query(
    `update invalidated_votes i set item_id = $4 from merged_votes m
     where m.project_id = $1 and m.merge_id = $2 and m.what = 'm' and i.project_id = $1 and i.item_id = $3 and i.voter = m.voter`,
    values,
  )
  await swapLayers(client, merge)
  await client.query(
    `update decisions d set item_id = case d.item_id when $3 then $4 else $3 end from merged_votes m
     where m.project_id = $1 and m.merge_id = $2 and d.project_id = $1 and d.voter = m.voter
       and ((m.what in ('m', 's') and d.item_id = $3) or (m.what = 's' and d.item_id = $4))`,
    values,
  )
}

/** An action may lie over both rows: all are taken up (the sort needs them all) before the first is put down. */
export async function swapLayers(client: PoolClient, { projectId, id, itemId, into }: Merge): Promise<void> {
  await client.query(
    `with taken as (
       delete from invalidated_votes i using merged_votes m
       where m.project_id = $1 and m.merge_id = $2 and m.what = 's' and i.project_id = $1 and i.item_id in ($3, $4) and i.voter = m.voter
       returning i.*
     )
     insert into invalidated_votes (project_id, invalidation_id, item_id, voter, prior_state, ended)
     select project_id, invalidation_id, case item_id when $3 then $4 else $3 end, voter, prior_state, ended from taken
     order by invalidation_id, voter, item_id`,
    [projectId, id, itemId, into],
  )
}

/** Up to here a look at an index for each voter is quicker than reading whole tables. */
const MANY = 5000

/**
 * Nothing is known of a journal written a moment ago, and PostgreSQL takes it for small: each voter a look at the index of each day, or
 * worse, a walk through all the others. With `voters` about to be joined, it is told not to.
 */
export async function joinByHash<T>(client: PoolClient, voters: number, work: () => Promise<T>): Promise<T> {
  if (voters <= MANY) return await work()
  await client.query('set local enable_nestloop = off')
  const result = await work()
  await client.query('set local enable_nestloop = on')
  return result
}
