/** Operator tokens, by hash. project_id 0 is every project of the installation. A person's own reach no further than the person. */
import { ROLES, type Role } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'

export interface FoundToken {
  /** Unique in the installation. */
  tokenId: number
  /** Whose it is; null: nobody’s in particular. */
  operatorId: number | null
  ownerName: string | null
  /** 0: every project */
  projectId: number
  name: string
  role: Role
}

/** null: unknown, expired, revoked, or of a person who is disabled or sees another project now. */
export async function findOperatorToken(db: Queryable, tokenHash: Buffer): Promise<FoundToken | null> {
  const { rows } = await db.query<FoundToken & { ownerRole: Role | null }>({
    name: 'operator-tokens-find',
    text: `
      select t.token_id as "tokenId", t.operator_id as "operatorId", t.name, t.role, o.name as "ownerName", o.role as "ownerRole",
        case when t.project_id = 0 then coalesce(o.only_project_id, 0) else t.project_id end as "projectId"
      from operator_tokens t left join operators o on o.project_id = 0 and o.operator_id = t.operator_id
      where t.token_hash = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
        and (t.operator_id is null or (o.disabled_at is null and (o.only_project_id = 0 or t.project_id in (0, o.only_project_id))))
      order by t.project_id limit 1`,
    values: [tokenHash],
  })
  const [row] = rows
  if (row === undefined) return null
  const { ownerRole, ...token } = row
  return { ...token, role: ownerRole === null ? token.role : lesserRole(token.role, ownerRole) }
}

const lesserRole = (one: Role, other: Role): Role => (ROLES.indexOf(one) < ROLES.indexOf(other) ? one : other)

/** Idempotent. A revoked token that is inserted again under its own name is valid again: an environment that went back to it. */
export async function insertOperatorToken(
  db: Queryable,
  token: {
    projectId: number; name: string; role: Role; tokenHash: Buffer
    /** Whose it is. */
    operatorId?: number | null
    createdBy?: string
    /** Milliseconds since the epoch. */
    expiresAt?: number | null
  },
): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `insert into operator_tokens (project_id, name, role, token_hash, operator_id, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000))
     on conflict (project_id, token_hash) do update
       set revoked_at = case when operator_tokens.name = excluded.name then null else operator_tokens.revoked_at end
     returning token_id as id`,
    [token.projectId, token.name, token.role, token.tokenHash, token.operatorId ?? null, token.createdBy ?? '', token.expiresAt ?? null],
  )
  return rows[0]?.id ?? 0
}

/** Whether anybody could ever come in here: by a token, one that has ended among them, or by an account. */
export async function hasHadOperators(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ had: boolean }>('select exists (select from operator_tokens) or exists (select from operators) as had')
  return rows[0]?.had ?? false
}

/** Ends every token of that name that is nobody’s in particular, but the given one. Returns how many. @param keptHash null: none is kept */
export async function revokeOtherTokens(db: Queryable, name: string, keptHash: Buffer | null): Promise<number> {
  const { rowCount } = await db.query(
    `update operator_tokens set revoked_at = now()
     where name = $1 and token_hash is distinct from $2 and operator_id is null and revoked_at is null`, [name, keptHash])
  return rowCount ?? 0
}

export interface TokenRow {
  id: number
  /** 0: every project */
  projectId: number
  /** What it reaches now: of all projects no more than its owner does. */
  reach: number
  name: string
  role: Role
  ownerId: number | null
  ownerName: string | null
  createdAt: number
  createdBy: string
  expiresAt: number | null
  revokedAt: number | null
}

const REACH = 'case when t.project_id = 0 then coalesce(o.only_project_id, 0) else t.project_id end'
const COLUMNS = `t.token_id as id, t.project_id as "projectId", ${REACH} as reach, t.name, t.role, t.operator_id as "ownerId", o.name as "ownerName",
  t.created_at as "createdAt", t.created_by as "createdBy", t.expires_at as "expiresAt", t.revoked_at as "revokedAt"`
const TOKENS = 'operator_tokens t left join operators o on o.project_id = 0 and o.operator_id = t.operator_id'

/** In use first, then the newest. @param which null for a field: whatever it is */
export async function listTokens(db: Queryable, which: { projectId: number | null; ownerId: number | null }, most: number): Promise<TokenRow[]> {
  const { rows } = await db.query<TokenRow>(
    `select ${COLUMNS} from ${TOKENS}
     where ($1::int is null or ${REACH} = $1) and ($2::int is null or t.operator_id = $2)
     order by t.revoked_at is not null, coalesce(t.expires_at <= now(), false), t.token_id desc limit $3`,
    [which.projectId, which.ownerId, most],
  )
  return rows
}

/** Held until the transaction ends. */
export async function lockToken(db: Queryable, id: number): Promise<TokenRow | null> {
  const { rows } = await db.query<TokenRow>(`select ${COLUMNS} from ${TOKENS} where t.token_id = $1 for update of t`, [id])
  return rows[0] ?? null
}

/** When it ended. One that had ended before keeps its time. */
export async function revokeToken(db: Queryable, token: { projectId: number; id: number }): Promise<number> {
  const { rows } = await db.query<{ at: number }>(
    `update operator_tokens set revoked_at = coalesce(revoked_at, now()) where project_id = $1 and token_id = $2 returning revoked_at as at`,
    [token.projectId, token.id],
  )
  return rows[0]?.at ?? 0
}

/** All of a person. Returns how many. */
export async function revokeTokensOf(db: Queryable, operatorId: number): Promise<number> {
  const { rowCount } = await db.query('update operator_tokens set revoked_at = now() where operator_id = $1 and revoked_at is null', [operatorId])
  return rowCount ?? 0
}

export async function countLiveTokensOf(db: Queryable, operatorId: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from operator_tokens where operator_id = $1 and revoked_at is null and (expires_at is null or expires_at > now())`, [operatorId])
  return rows[0]?.count ?? 0
}
