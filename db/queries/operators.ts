/** People who sign in. Names are compared without case; `projectId` 0 is every project. */
import type { Role } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'

export interface OperatorRow {
  id: number
  name: string
  role: Role
  /** The one project they see; 0: every project. */
  projectId: number
  passwordIsTemporary: boolean
  /** Whether a code is asked for: a secret was set and confirmed. */
  totp: boolean
  createdAt: number
  createdBy: string
  disabledAt: number | null
}
/** With what is never shown. */
export interface OperatorSecrets extends OperatorRow {
  passwordHash: string
  sealedTotp: Buffer | null
  totpStep: number
}

const COLUMNS = `o.operator_id as id, o.name, o.role, o.only_project_id as "projectId", o.password_is_temporary as "passwordIsTemporary",
  o.totp_confirmed_at is not null as totp, o.created_at as "createdAt", o.created_by as "createdBy", o.disabled_at as "disabledAt"`
const SECRETS = `${COLUMNS}, o.password_hash as "passwordHash", o.sealed_totp as "sealedTotp", o.totp_step::float8 as "totpStep"`

/** `known`: they were signed in from this network since then. */
export async function findOperatorByName(
  db: Queryable, name: string, from: { network: string; since: number },
): Promise<(OperatorSecrets & { known: boolean }) | null> {
  const { rows } = await db.query<OperatorSecrets & { known: boolean }>({
    name: 'operators-by-name',
    text: `
      select ${SECRETS}, exists (
        select from operator_sessions s where s.project_id = 0 and s.operator_id = o.operator_id and s.network = $2::cidr
          and s.last_seen_at > to_timestamp($3::float8 / 1000)) as known
      from operators o where o.project_id = 0 and lower(o.name) = lower($1)`,
    values: [name, from.network, from.since],
  })
  return rows[0] ?? null
}

export async function findOperator(db: Queryable, id: number): Promise<OperatorSecrets | null> {
  const { rows } = await db.query<OperatorSecrets>(`select ${SECRETS} from operators o where o.project_id = 0 and o.operator_id = $1`, [id])
  return rows[0] ?? null
}

/** The same, held until the transaction ends: what is decided by it stays true. */
export async function lockOperator(db: Queryable, id: number): Promise<OperatorSecrets | null> {
  const { rows } = await db.query<OperatorSecrets>(
    `select ${SECRETS} from operators o where o.project_id = 0 and o.operator_id = $1 for update`, [id])
  return rows[0] ?? null
}

/** Of several, in the order in which everybody locks them. */
export async function lockOperators(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query('select from operators where project_id = 0 and operator_id = any($1::int[]) order by operator_id for update', [ids])
}

/** @param projectId null: all of them; otherwise those of that project alone */
export async function listOperators(db: Queryable, projectId: number | null): Promise<(OperatorRow & { lastSeenAt: number | null })[]> {
  const { rows } = await db.query<OperatorRow & { lastSeenAt: number | null }>(
    `select ${COLUMNS}, (
       select max(s.last_seen_at) from operator_sessions s where s.project_id = 0 and s.operator_id = o.operator_id) as "lastSeenAt"
     from operators o where o.project_id = 0 and ($1::int is null or o.only_project_id = $1)
     order by o.disabled_at is not null, lower(o.name)`,
    [projectId],
  )
  return rows
}

/** null: somebody has this name. */
export async function insertOperator(
  db: Queryable,
  operator: { name: string; role: Role; projectId: number; passwordHash: string; passwordIsTemporary: boolean; createdBy: string },
  now: number,
): Promise<OperatorRow | null> {
  const { rows } = await db.query<OperatorRow>(
    `insert into operators as o (name, role, only_project_id, password_hash, password_is_temporary, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000))
     on conflict (project_id, lower(name)) do nothing
     returning ${COLUMNS}`,
    [operator.name, operator.role, operator.projectId, operator.passwordHash, operator.passwordIsTemporary, operator.createdBy, now],
  )
  return rows[0] ?? null
}

export async function countOperators(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ count: number }>('select count(*)::int as count from operators where project_id = 0')
  return rows[0]?.count ?? 0
}

/** What is left out stays. `disabledAt` null: enabled again. */
export async function updateOperator(
  db: Queryable, id: number, change: { role?: Role; projectId?: number; disabledAt?: number | null },
): Promise<OperatorRow | null> {
  const { rows } = await db.query<OperatorRow>(
    `update operators o set role = coalesce($2, role), only_project_id = coalesce($3, only_project_id),
       disabled_at = case when $4 then to_timestamp($5::float8 / 1000) else disabled_at end
     where o.project_id = 0 and o.operator_id = $1
     returning ${COLUMNS}`,
    [id, change.role ?? null, change.projectId ?? null, change.disabledAt !== undefined, change.disabledAt ?? null],
  )
  return rows[0] ?? null
}

export async function setPassword(db: Queryable, id: number, password: { hash: string; isTemporary: boolean }): Promise<void> {
  await db.query(
    'update operators set password_hash = $2, password_is_temporary = $3 where project_id = 0 and operator_id = $1',
    [id, password.hash, password.isTemporary],
  )
}

/** A secret that waits for its first code. Does not touch one that is in use: false then. */
export async function proposeTotp(db: Queryable, id: number, sealed: Buffer): Promise<boolean> {
  const { rowCount } = await db.query(
    'update operators set sealed_totp = $2 where project_id = 0 and operator_id = $1 and totp_confirmed_at is null', [id, sealed])
  return rowCount === 1
}

/** From now on a code is asked for. */
export async function confirmTotp(db: Queryable, id: number, step: number, now: number): Promise<void> {
  await db.query(
    `update operators set totp_confirmed_at = to_timestamp($3::float8 / 1000), totp_step = $2
     where project_id = 0 and operator_id = $1 and totp_confirmed_at is null`,
    [id, step, now],
  )
}

/** Uses up a code: false where it, or a later one, was used before. */
export async function useTotpStep(db: Queryable, id: number, step: number): Promise<boolean> {
  const { rowCount } = await db.query(
    'update operators set totp_step = $2 where project_id = 0 and operator_id = $1 and totp_step < $2', [id, step])
  return rowCount === 1
}

/** The last step stays: the same secret could come back. */
export async function clearTotp(db: Queryable, id: number): Promise<void> {
  await db.query(
    'update operators set sealed_totp = null, totp_confirmed_at = null where project_id = 0 and operator_id = $1', [id])
}
