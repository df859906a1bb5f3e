/**
 * Standing blocks: each with reason, actor and expiry. Lifting one keeps the row. project_id 0 is every project.
 * A row that a person lifted says so by `lifted_at < expires_at`: what ended by itself is marked later, or never.
 */
import type { BlockCoverage } from '../../server/contract/moderation.ts'
import type { BlockKind } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'

/** What a block is on. */
export interface BlockTarget {
  projectId: number
  kind: BlockKind
  matches: string
  /** Address or /64 it holds for; '': everywhere. */
  source: string
}
export interface BlockRow extends BlockTarget {
  id: number
  covers: BlockCoverage
  automatic: boolean
  label: string
  reason: string
  actor: string
  createdAt: number
  expiresAt: number
}

const COLUMNS = `block_id as id, project_id as "projectId", kind, matches, source, covers, automatic, label, reason, actor,
  created_at as "createdAt", expires_at as "expiresAt"`
/** The same of `blocks b`, where another relation has some of these names. */
const LIFTED_COLUMNS = `b.block_id as id, b.project_id as "projectId", b.kind, b.matches, b.source, b.covers, b.automatic, b.label, b.reason, b.actor,
  b.created_at as "createdAt", b.expires_at as "expiresAt"`

/** Of every project. */
export async function loadBlocks(db: Queryable, now: number): Promise<BlockRow[]> {
  const { rows } = await db.query<BlockRow>(
    `select ${COLUMNS} from blocks where lifted_at is null and expires_at > to_timestamp($1 / 1000.0)`, [now])
  return rows
}

/** Newest first; `everywhere` adds those on every project. */
export async function listBlocks(db: Queryable, projectId: number, everywhere: boolean, now: number): Promise<BlockRow[]> {
  const { rows } = await db.query<BlockRow>(
    `select ${COLUMNS} from blocks
     where project_id = any($1) and lifted_at is null and expires_at > to_timestamp($2 / 1000.0) order by block_id desc`,
    [everywhere ? [projectId, 0] : [projectId], now],
  )
  return rows
}

/** Inside a transaction. null: one like it stands already; an expired one makes way. */
export async function insertBlock(db: Queryable, block: Omit<BlockRow, 'id' | 'createdAt'>, now: number): Promise<BlockRow | null> {
  const { projectId, kind, matches, source, covers, automatic } = block
  await db.query(
    `update blocks set lifted_at = to_timestamp($7 / 1000.0), lifted_by = 'expiry'
     where project_id = $1 and kind = $2 and matches = $3 and source = $4 and covers = $5 and automatic = $6
       and lifted_at is null and expires_at <= to_timestamp($7 / 1000.0)`,
    [projectId, kind, matches, source, covers, automatic, now],
  )
  const { rows } = await db.query<BlockRow>(
    `insert into blocks (project_id, kind, matches, source, covers, automatic, label, reason, actor, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10 / 1000.0), to_timestamp($11 / 1000.0))
     on conflict (project_id, kind, matches, source, covers, automatic) where lifted_at is null do nothing
     returning ${COLUMNS}`,
    [projectId, kind, matches, source, covers, automatic, block.label, block.reason, block.actor, now, block.expiresAt],
  )
  return rows[0] ?? null
}

/**
 * Inside a transaction. The automatic block on this target from now until then: a new one, or the one that stands, which ends
 * later now and never earlier; one on sessions ends those that began since, too. A person’s block is another row, and stays as it is.
 */
export async function setAutomaticBlock(
  db: Queryable, block: Omit<BlockRow, 'id' | 'createdAt' | 'automatic'>, now: number,
): Promise<Pick<BlockRow, 'id'>> {
  const made = await insertBlock(db, { ...block, automatic: true }, now)
  if (made !== null) return made
  const { projectId, kind, matches, source, covers, expiresAt } = block
  const { rows } = await db.query<Pick<BlockRow, 'id'>>(
    `update blocks set expires_at = greatest(expires_at, to_timestamp($6 / 1000.0)),
       created_at = case covers when 'sessions' then to_timestamp($7 / 1000.0) else created_at end
     where project_id = $1 and kind = $2 and matches = $3 and source = $4 and covers = $5 and automatic and lifted_at is null
     returning block_id as id`,
    [projectId, kind, matches, source, covers, expiresAt, now],
  )
  const [standing] = rows
  if (standing === undefined) throw new Error('a block stood, and is gone: the same again will set it')
  return standing
}

/** Lifts that automatic block and no other. false: it does not stand. */
export async function liftAutomaticBlock(db: Queryable, projectId: number, blockId: number, actor: string, now: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update blocks set lifted_at = to_timestamp($4 / 1000.0), lifted_by = $3
     where project_id = $1 and block_id = $2 and automatic and lifted_at is null and expires_at > to_timestamp($4 / 1000.0)`,
    [projectId, blockId, actor, now],
  )
  return rowCount === 1
}

/** Standing blocks that persons set on one of these targets. */
export async function findPersonalBlocks(db: Queryable, targets: readonly string[], now: number): Promise<(BlockTarget & { covers: BlockCoverage })[]> {
  const { rows } = await db.query<BlockTarget & { covers: BlockCoverage }>(
    `select project_id as "projectId", kind, matches, source, covers from blocks
     where not automatic and matches = any($1) and lifted_at is null and expires_at > to_timestamp($2 / 1000.0)`,
    [targets, now],
  )
  return rows
}

/** How many automatic blocks this target had since then, without those a person took back. */
export async function countEarlierBlocks(db: Queryable, target: BlockTarget & { covers: BlockCoverage }, since: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from blocks
     where automatic and project_id = $1 and kind = $2 and matches = $3 and source = $4 and covers = $5
       and created_at >= to_timestamp($6 / 1000.0) and (lifted_at is null or lifted_at >= expires_at)`,
    [target.projectId, target.kind, target.matches, target.source, target.covers, since],
  )
  return rows[0]?.count ?? 0
}

/**
 * What was lifted; none: no such block stands. Lifts every block on the same target with it, the server's own too: whoever frees a
 * source means it to be free.
 */
export async function liftBlock(db: Queryable, projectIds: readonly number[], blockId: number, actor: string, now: number): Promise<BlockRow[]> {
  const { rows } = await db.query<BlockRow>(
    `with named as (
       select project_id, kind, matches, source from blocks
       where project_id = any($1) and block_id = $2 and lifted_at is null and expires_at > to_timestamp($4 / 1000.0)
     )
     update blocks b set lifted_at = to_timestamp($4 / 1000.0), lifted_by = $3
     from named n
     where b.project_id = n.project_id and b.kind = n.kind and b.matches = n.matches and b.source = n.source
       and b.lifted_at is null and b.expires_at > to_timestamp($4 / 1000.0)
     returning ${LIFTED_COLUMNS}`,
    [projectIds, blockId, actor, now],
  )
  return rows
}

/** Automatic blocks that a person lifted since then, with when. */
export async function loadPardons(db: Queryable, since: number): Promise<(BlockTarget & { liftedAt: number })[]> {
  const { rows } = await db.query<BlockTarget & { liftedAt: number }>(
    `select project_id as "projectId", kind, matches, source, max(lifted_at) as "liftedAt" from blocks
     where automatic and lifted_at >= to_timestamp($1 / 1000.0) and lifted_at < expires_at
     group by project_id, kind, matches, source`,
    [since],
  )
  return rows
}

/** Addresses are personal data: the server's own blocks go when retention ends. Returns how many went. */
export async function forgetBlocks(db: Queryable, before: number): Promise<number> {
  const { rowCount } = await db.query(`delete from blocks where automatic and expires_at < to_timestamp($1 / 1000.0)`, [before])
  return rowCount ?? 0
}
