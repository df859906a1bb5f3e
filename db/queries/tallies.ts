/** The tally of an item moves only here, and always in the transaction that moves its votes. */
import type { TallyDelta } from '../../server/gate/settle.ts'
import type { Queryable } from '../queryable.ts'

export interface Tally {
  projectId: number
  itemId: number
  counted: number
  held: number
  invalidated: number
  /** Higher is newer. */
  version: number
}

/** Adds the deltas and returns the tallies as they are then. Locks in key order, whatever order the join would take. */
export async function applyTallyDeltas(db: Queryable, deltas: readonly TallyDelta[]): Promise<Tally[]> {
  if (deltas.length === 0) return []
  const { rows } = await db.query<Tally>({
    name: 'tallies-apply',
    text: `
      with delta as (
        select * from unnest($1::int[], $2::int[], $3::int[], $4::int[], $5::int[]) as d (project_id, item_id, counted, held, invalidated)
      ), locked as materialized (
        select t.project_id, t.item_id from tallies t join delta using (project_id, item_id)
        order by t.project_id, t.item_id for update of t
      )
      update tallies t
      set counted = t.counted + d.counted, held = t.held + d.held, invalidated = t.invalidated + d.invalidated,
        version = t.version + 1
      from delta d join locked using (project_id, item_id)
      where t.project_id = d.project_id and t.item_id = d.item_id
      returning t.project_id as "projectId", t.item_id as "itemId", t.counted, t.held, t.invalidated,
        t.version::float8 as version`,
    values: [
      deltas.map((d) => d.projectId), deltas.map((d) => d.itemId),
      deltas.map((d) => d.counted), deltas.map((d) => d.held), deltas.map((d) => d.invalidated),
    ],
  })
  return rows
}

export interface TallyFault {
  projectId: number
  itemId: number
  stored: { counted: number; held: number; invalidated: number }
  recounted: { counted: number; held: number; invalidated: number }
}

/** Recounts every vote in one snapshot and returns the items whose stored tally differs. Empty is the only right answer. */
export async function findTallyFaults(db: Queryable): Promise<{ items: number; votes: number; faults: TallyFault[] }> {
  const { rows } = await db.query<{
    projectId: number; itemId: number; counted: number; held: number; invalidated: number
    votes: number; recounted: number; reheld: number; reinvalidated: number
  }>(`
    select t.project_id as "projectId", t.item_id as "itemId", t.counted, t.held, t.invalidated,
      count(v.voter)::int as votes,
      (count(*) filter (where v.state = 'c' and v.value = '1' and v.superseded_by is null))::int as recounted,
      (count(*) filter (where v.state = 'h' and v.value = '1' and v.superseded_by is null))::int as reheld,
      (count(*) filter (where v.state = 'i' and v.value = '1' and v.superseded_by is null))::int as reinvalidated
    from tallies t left join votes v on v.project_id = t.project_id and v.item_id = t.item_id
    group by t.project_id, t.item_id
    order by t.project_id, t.item_id`)
  const faults = rows
    .filter((row) => row.counted !== row.recounted || row.held !== row.reheld || row.invalidated !== row.reinvalidated)
    .map((row) => ({
      projectId: row.projectId,
      itemId: row.itemId,
      stored: { counted: row.counted, held: row.held, invalidated: row.invalidated },
      recounted: { counted: row.recounted, held: row.reheld, invalidated: row.reinvalidated },
    }))
  return { items: rows.length, votes: rows.reduce((sum, row) => sum + row.votes, 0), faults }
}
