/** Board items and their tallies. */
import type { ItemStatus } from '../../server/contract/primitives.ts'
import type { TallyColumns } from '../../server/gate/settle.ts'
import type { Queryable } from '../queryable.ts'

export interface ItemRow extends TallyColumns {
  id: number
  title: string
  description: string
  status: ItemStatus
  position: number
  /** Its votes went there, and it is not on the board. */
  mergedInto: number | null
  /** Of the tally; higher is newer. */
  version: number
}

const COLUMNS = `i.item_id as id, i.title, i.description, i.status, i.position, i.merged_into as "mergedInto", t.counted, t.held, t.invalidated,
  t.counted_verified as "countedVerified", t.held_verified as "heldVerified", t.invalidated_verified as "invalidatedVerified",
  t.version::float8 as version`

/** In board order, merged ones included: by position, then as they were added. The order does not depend on votes, so it does not jump. */
export async function listItems(db: Queryable, projectId: number): Promise<ItemRow[]> {
  const { rows } = await db.query<ItemRow>(
    `select ${COLUMNS} from items i join tallies t using (project_id, item_id)
     where i.project_id = $1 order by i.position, i.item_id`,
    [projectId],
  )
  return rows
}

/** After all that it has, merged ones too; 0 on an empty board. */
export async function nextPosition(db: Queryable, projectId: number): Promise<number> {
  const { rows } = await db.query<{ position: number }>('select coalesce(max(position) + 1, 0) as position from items where project_id = $1', [projectId])
  return rows[0]?.position ?? 0
}

export async function insertItem(
  db: Queryable, projectId: number, item: { title: string; description: string; status: ItemStatus; position: number },
): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `with item as (
       insert into items (project_id, title, description, status, position) values ($1, $2, $3, $4, $5) returning project_id, item_id
     ), tally as (
       insert into tallies (project_id, item_id) select project_id, item_id from item
     )
     select item_id as id from item`,
    [projectId, item.title, item.description, item.status, item.position],
  )
  const id = rows[0]?.id
  if (id === undefined) throw new Error('the new item came back without an id')
  return id
}

/** What a person may change of an item, which until the end of the transaction nobody else does. null: the project has no such item. */
export async function lockItem(db: Queryable, projectId: number, itemId: number): Promise<Pick<ItemRow, 'title' | 'description' | 'status' | 'position'> | null> {
  const { rows } = await db.query<Pick<ItemRow, 'title' | 'description' | 'status' | 'position'>>(
    'select title, description, status, position from items where project_id = $1 and item_id = $2 for no key update', [projectId, itemId])
  return rows[0] ?? null
}

/** false: the project has no such item. */
export async function updateItem(
  db: Queryable, projectId: number, itemId: number,
  patch: { title?: string; description?: string; status?: ItemStatus; position?: number },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update items set title = coalesce($3, title), description = coalesce($4, description), status = coalesce($5, status),
       position = coalesce($6, position) where project_id = $1 and item_id = $2`,
    [projectId, itemId, patch.title ?? null, patch.description ?? null, patch.status ?? null, patch.position ?? null],
  )
  return rowCount === 1
}

/** Where its votes are cast: the item itself, or what it was merged into. */
export async function presentItem(db: Queryable, projectId: number, itemId: number): Promise<number> {
  const { rows } = await db.query<{ id: number | null }>('select present_item($1, $2) as id', [projectId, itemId])
  return rows[0]?.id ?? itemId
}

/** Positions 1, 2, 3 …: these first, then the others as they stood. Returns all ids in their new order; a merged item keeps its place. */
export async function orderItems(db: Queryable, projectId: number, itemIds: readonly number[]): Promise<number[]> {
  // Two who put them in order at once do so one after the other.
  await db.query('select from items where project_id = $1 order by item_id for no key update', [projectId])
  const { rows } = await db.query<{ id: number; position: number }>(
    `with wanted as (
       select item_id, row_number() over (order by g.place nulls last, i.position, i.item_id)::int as position
       from items i left join unnest($2::int[]) with ordinality as g (item_id, place) using (item_id) where i.project_id = $1
     )
     update items i set position = w.position from wanted w where i.project_id = $1 and i.item_id = w.item_id
     returning i.item_id as id, i.position`,
    [projectId, itemIds],
  )
  return rows.toSorted((a, b) => a.position - b.position).map(({ id }) => id)
}
