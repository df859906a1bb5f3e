/** The tally of an item moves only here, and always in the transaction that moves its votes. */
import type { TallyColumns, TallyDelta } from '../../server/gate/settle.ts'
import { plainColumn } from '../array-literal.ts'
import type { Queryable } from '../queryable.ts'

export interface Tally extends TallyColumns {
  projectId: number
  itemId: number
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
        select * from unnest($1::int[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[])
          as d (project_id, item_id, counted, held, invalidated, counted_verified, held_verified, invalidated_verified)
      ), locked as materialized (
        select t.project_id, t.item_id from tallies t join delta using (project_id, item_id)
        order by t.project_id, t.item_id for update of t
      )
      update tallies t
      set counted = t.counted + d.counted, held = t.held + d.held, invalidated = t.invalidated + d.invalidated,
        counted_verified = t.counted_verified + d.counted_verified, held_verified = t.held_verified + d.held_verified,
        invalidated_verified = t.invalidated_verified + d.invalidated_verified,
        version = t.version + 1
      from delta d join locked using (project_id, item_id)
      where t.project_id = d.project_id and t.item_id = d.item_id
      returning t.project_id as "projectId", t.item_id as "itemId", t.counted, t.held, t.invalidated,
        t.counted_verified as "countedVerified", t.held_verified as "heldVerified", t.invalidated_verified as "invalidatedVerified",
        t.version::float8 as version`,
    values: [
      plainColumn(deltas, (d) => d.projectId), plainColumn(deltas, (d) => d.itemId),
      plainColumn(deltas, (d) => d.counted), plainColumn(deltas, (d) => d.held), plainColumn(deltas, (d) => d.invalidated),
      plainColumn(deltas, (d) => d.countedVerified), plainColumn(deltas, (d) => d.heldVerified), plainColumn(deltas, (d) => d.invalidatedVerified),
    ],
  })
  return rows
}

export interface TallyFault {
  projectId: number
  itemId: number
  stored: TallyColumns
  recounted: TallyColumns
}

const COLUMNS = ['counted', 'held', 'invalidated', 'countedVerified', 'heldVerified', 'invalidatedVerified'] as const

/** Recounts every vote in one snapshot and returns the items whose stored tally differs. Empty is the only right answer. */
export async function findTallyFaults(db: Queryable): Promise<{ items: number; votes: number; faults: TallyFault[] }> {
  const { rows } = await db.query<{ projectId: number; itemId: number; votes: number; stored: TallyColumns; recounted: TallyColumns }>(`
    with recount as (
      select project_id, item_id, count(*)::int as votes,
        count(*) filter (where stands and state = 'c') as counted, count(*) filter (where stands and state = 'h') as held,
        count(*) filter (where stands and state = 'i') as invalidated,
        count(*) filter (where stands and state = 'c' and tier = 'v') as counted_verified,
        count(*) filter (where stands and state = 'h' and tier = 'v') as held_verified,
        count(*) filter (where stands and state = 'i' and tier = 'v') as invalidated_verified
      from (select *, value = '1' and superseded_by is null as stands from votes) v
      group by project_id, item_id
    )
    select t.project_id as "projectId", t.item_id as "itemId", coalesce(r.votes, 0) as votes,
      json_build_object('counted', t.counted, 'held', t.held, 'invalidated', t.invalidated, 'countedVerified', t.counted_verified,
        'heldVerified', t.held_verified, 'invalidatedVerified', t.invalidated_verified) as stored,
      json_build_object('counted', coalesce(r.counted, 0), 'held', coalesce(r.held, 0), 'invalidated', coalesce(r.invalidated, 0),
        'countedVerified', coalesce(r.counted_verified, 0), 'heldVerified', coalesce(r.held_verified, 0),
        'invalidatedVerified', coalesce(r.invalidated_verified, 0)) as recounted
    from tallies t left join recount r using (project_id, item_id)
    order by t.project_id, t.item_id`)
  return {
    items: rows.length,
    votes: rows.reduce((sum, row) => sum + row.votes, 0),
    faults: rows.filter(({ stored, recounted }) => COLUMNS.some((column) => stored[column] !== recounted[column])),
  }
}
