/** Operator tokens, by hash. project_id 0 is every project of the installation. */
import type { Role } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'

export interface OperatorRow {
  /** Unique in the installation. */
  tokenId: number
  projectId: number
  name: string
  role: Role
}

export async function findOperator(db: Queryable, tokenHash: Buffer): Promise<OperatorRow | null> {
  const { rows } = await db.query<OperatorRow>({
    name: 'operators-find',
    text: `
      select token_id as "tokenId", project_id as "projectId", name, role from operator_tokens
      where token_hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())
      order by project_id limit 1`,
    values: [tokenHash],
  })
  return rows[0] ?? null
}

/** Idempotent. A revoked token that is inserted again under its own name is valid again: an environment that went back to it. */
export async function insertOperator(
  db: Queryable, operator: { projectId: number; name: string; role: Role; tokenHash: Buffer },
): Promise<void> {
  await db.query(
    `insert into operator_tokens (project_id, name, role, token_hash) values ($1, $2, $3, $4)
     on conflict (project_id, token_hash) do update set revoked_at = null where operator_tokens.name = excluded.name`,
    [operator.projectId, operator.name, operator.role, operator.tokenHash],
  )
}

export async function countOperators(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from operator_tokens where revoked_at is null and (expires_at is null or expires_at > now())`)
  return rows[0]?.count ?? 0
}

/** Ends every token of that name but the given one: the environment's admin token is whatever the environment says now. */
export async function revokeOtherOperators(db: Queryable, name: string, keptHash: Buffer): Promise<void> {
  await db.query(
    `update operator_tokens set revoked_at = now() where name = $1 and token_hash <> $2 and revoked_at is null`, [name, keptHash])
}
