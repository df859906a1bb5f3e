/** Standing blocks: each with reason, actor and expiry. Lifting one keeps the row. */
import type { BlockKind } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'

export interface BlockRow {
  id: number
  projectId: number
  kind: BlockKind
  matches: string
  label: string
  reason: string
  actor: string
  createdAt: number
  expiresAt: number
}

const COLUMNS = `block_id as id, project_id as "projectId", kind, matches, label, reason, actor,
  created_at as "createdAt", expires_at as "expiresAt"`

/** Of every project. */
export async function loadBlocks(db: Queryable, now: number): Promise<BlockRow[]> {
  const { rows } = await db.query<BlockRow>(
    `select ${COLUMNS} from blocks where lifted_at is null and expires_at > to_timestamp($1 / 1000.0)`, [now])
  return rows
}

/** Newest first. */
export async function listBlocks(db: Queryable, projectId: number, now: number): Promise<BlockRow[]> {
  const { rows } = await db.query<BlockRow>(
    `select ${COLUMNS} from blocks where project_id = $1 and lifted_at is null and expires_at > to_timestamp($2 / 1000.0) order by block_id desc`,
    [projectId, now],
  )
  return rows
}

/** Inside a transaction. null: one with this kind and value stands already; an expired one makes way. */
export async function insertBlock(db: Queryable, block: Omit<BlockRow, 'id' | 'createdAt'>, now: number): Promise<BlockRow | null> {
  await db.query(
    `update blocks set lifted_at = now(), lifted_by = 'expiry'
     where project_id = $1 and kind = $2 and matches = $3 and lifted_at is null and expires_at <= to_timestamp($4 / 1000.0)`,
    [block.projectId, block.kind, block.matches, now],
  )
  const { rows } = await db.query<BlockRow>(
    `insert into blocks (project_id, kind, matches, label, reason, actor, expires_at)
     values ($1, $2, $3, $4, $5, $6, to_timestamp($7 / 1000.0))
     on conflict (project_id, kind, matches) where lifted_at is null do nothing
     returning ${COLUMNS}`,
    [block.projectId, block.kind, block.matches, block.label, block.reason, block.actor, block.expiresAt],
  )
  return rows[0] ?? null
}

/** false: no such block stands. */
export async function liftBlock(db: Queryable, projectId: number, blockId: number, actor: string, now: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update blocks set lifted_at = now(), lifted_by = $3
     where project_id = $1 and block_id = $2 and lifted_at is null and expires_at > to_timestamp($4 / 1000.0)`,
    [projectId, blockId, actor, now],
  )
  return rowCount === 1
}
