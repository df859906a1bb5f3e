/** Sources that nothing automatic acts on. project_id 0 is every project. Taking one back keeps the row. */
import type { Queryable } from '../queryable.ts'

export interface AllowedSourceRow {
  id: number
  projectId: number
  /** Canonical CIDR. */
  network: string
  reason: string
  actor: string
  createdAt: number
  /** null: until somebody takes it back. */
  expiresAt: number | null
}

const COLUMNS = `allowed_id as id, project_id as "projectId", network::text, reason, actor, created_at as "createdAt", expires_at as "expiresAt"`
const STANDING = 'ended_at is null and (expires_at is null or expires_at > to_timestamp($1 / 1000.0))'

/** Of every project. */
export async function loadAllowedSources(db: Queryable, now: number): Promise<AllowedSourceRow[]> {
  const { rows } = await db.query<AllowedSourceRow>(`select ${COLUMNS} from allowed_sources where ${STANDING}`, [now])
  return rows
}

/** Newest first. */
export async function listAllowedSources(db: Queryable, projectIds: readonly number[], now: number): Promise<AllowedSourceRow[]> {
  const { rows } = await db.query<AllowedSourceRow>(
    `select ${COLUMNS} from allowed_sources where ${STANDING} and project_id = any($2) order by allowed_id desc`, [now, projectIds])
  return rows
}

/** Inside a transaction. null: the same network stands already; an expired one makes way. */
export async function insertAllowedSource(
  db: Queryable, source: Pick<AllowedSourceRow, 'projectId' | 'network' | 'reason' | 'actor' | 'expiresAt'>, now: number,
): Promise<AllowedSourceRow | null> {
  const { projectId, network, reason, actor, expiresAt } = source
  await db.query(
    `update allowed_sources set ended_at = expires_at, ended_by = 'expiry'
     where project_id = $1 and network = $2::cidr and ended_at is null and expires_at <= to_timestamp($3 / 1000.0)`,
    [projectId, network, now],
  )
  const { rows } = await db.query<AllowedSourceRow>(
    `insert into allowed_sources (project_id, network, reason, actor, created_at, expires_at)
     values ($1, $2, $3, $4, to_timestamp($5 / 1000.0), to_timestamp($6 / 1000.0))
     on conflict (project_id, network) where ended_at is null do nothing returning ${COLUMNS}`,
    [projectId, network, reason, actor, now, expiresAt],
  )
  return rows[0] ?? null
}

/** What was allowed; null: no such source is. */
export async function endAllowedSource(db: Queryable, projectIds: readonly number[], id: number, actor: string, now: number): Promise<AllowedSourceRow | null> {
  const { rows } = await db.query<AllowedSourceRow>(
    `update allowed_sources set ended_at = to_timestamp($1 / 1000.0), ended_by = $4 where ${STANDING} and project_id = any($2) and allowed_id = $3
     returning ${COLUMNS}`,
    [now, projectIds, id, actor],
  )
  return rows[0] ?? null
}

/** As long as nobody is allowed by it any more, an address goes when retention ends. */
export async function forgetAllowedSources(db: Queryable, before: number): Promise<void> {
  await db.query('delete from allowed_sources where least(ended_at, expires_at) < to_timestamp($1 / 1000.0)', [before])
}
