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
  /** Of the tally; higher is newer. */
  version: number
}

const COLUMNS = `i.item_id as id, i.title, i.description, i.status, i.position, t.counted, t.held, t.invalidated,
  t.counted_verified as "countedVerified", t.held_verified as "heldVerified", t.invalidated_verified as "invalidatedVerified",
  t.version::float8 as version`

/** In board order: by position, then as they were added. The order does not depend on votes, so it does not jump. */
export async function listItems(db: Queryable, projectId: number): Promise<ItemRow[]> {
  const { rows } = await db.query<ItemRow>(
    `select ${COLUMNS} from items i join tallies t using (project_id, item_id)
     where i.project_id = $1 order by i.position, i.item_id`,
    [projectId],
  )
  return rows
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
