/** Views of the dashboard that somebody keeps. Of the installation: they name a page, not what is in it. */
import type { Queryable } from '../queryable.ts'

export interface SavedViewRow {
  id: number
  name: string
  path: string
  createdAt: number
}
const COLUMNS = 'view_id as id, name, path, created_at as "createdAt"'

export async function listSavedViews(db: Queryable, owner: string): Promise<SavedViewRow[]> {
  const { rows } = await db.query<SavedViewRow>(`select ${COLUMNS} from saved_views where project_id = 0 and owner = $1 order by name, view_id`, [owner])
  return rows
}

/** Inside a transaction that holds the owner’s views. `exists`: one has the name; `full`: there are `most` of them. */
export async function insertSavedView(
  db: Queryable, { owner, name, path }: { owner: string; name: string; path: string }, now: number, most: number,
): Promise<SavedViewRow | 'exists' | 'full'> {
  await db.query('select pg_advisory_xact_lock(hashtext($1))', [`saved-views ${owner}`])
  const { rows: [count] } = await db.query<{ count: number }>('select count(*)::int as count from saved_views where project_id = 0 and owner = $1', [owner])
  if ((count?.count ?? 0) >= most) return 'full'
  const { rows: [row] } = await db.query<SavedViewRow>(
    `insert into saved_views (owner, name, path, created_at) values ($1, $2, $3, to_timestamp($4 / 1000.0))
     on conflict (project_id, owner, name) do nothing returning ${COLUMNS}`, [owner, name, path, now])
  return row ?? 'exists'
}

export async function deleteSavedView(db: Queryable, owner: string, id: number): Promise<SavedViewRow | null> {
  const { rows } = await db.query<SavedViewRow>(`delete from saved_views where project_id = 0 and owner = $1 and view_id = $2 returning ${COLUMNS}`, [owner, id])
  return rows[0] ?? null
}
