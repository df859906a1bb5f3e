/** Sessions of people, by the hash of what their cookie holds. */
import type { Role } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'

export interface SessionRow {
  id: number
  createdAt: number
  lastSeenAt: number
  /** At the latest; it ends earlier where nobody uses it. */
  expiresAt: number
  ipAddress: string
  userAgent: string
}
export interface LiveSession {
  session: Pick<SessionRow, 'id' | 'lastSeenAt' | 'expiresAt'>
  operator: { id: number; name: string; role: Role; projectId: number; passwordIsTemporary: boolean; totp: boolean }
}

const COLUMNS = `s.session_id as id, s.created_at as "createdAt", s.last_seen_at as "lastSeenAt", s.expires_at as "expiresAt",
  host(s.ip_address) as "ipAddress", s.user_agent as "userAgent"`
const LIVE = `s.ended_at is null and s.expires_at > to_timestamp($2::float8 / 1000) and s.last_seen_at > to_timestamp($3::float8 / 1000)`

/** Whose it is, as they are now. null: no such session, over, unused for too long, or its person is disabled. */
export async function findLiveSession(db: Queryable, hash: Buffer, times: { now: number; idleSince: number }): Promise<LiveSession | null> {
  const { rows } = await db.query<LiveSession['session'] & LiveSession['operator'] & { sessionId: number }>({
    name: 'operator-sessions-find',
    text: `
      select s.session_id as "sessionId", s.last_seen_at as "lastSeenAt", s.expires_at as "expiresAt", o.operator_id as id, o.name, o.role,
        o.only_project_id as "projectId", o.password_is_temporary as "passwordIsTemporary", o.totp_confirmed_at is not null as totp
      from operator_sessions s join operators o on o.project_id = s.project_id and o.operator_id = s.operator_id
      where s.project_id = 0 and s.session_hash = $1 and ${LIVE} and o.disabled_at is null`,
    values: [hash, times.now, times.idleSince],
  })
  const [row] = rows
  if (row === undefined) return null
  const { sessionId, lastSeenAt, expiresAt, ...operator } = row
  return { session: { id: sessionId, lastSeenAt, expiresAt }, operator }
}

export async function touchSession(db: Queryable, id: number, seen: { at: number; ipAddress: string }): Promise<void> {
  await db.query({
    name: 'operator-sessions-touch',
    text: `update operator_sessions set last_seen_at = greatest(last_seen_at, to_timestamp($2::float8 / 1000)), ip_address = $3
      where project_id = 0 and session_id = $1`,
    values: [id, seen.at, seen.ipAddress],
  })
}

export async function insertSession(
  db: Queryable,
  session: { operatorId: number; hash: Buffer; expiresAt: number; ipAddress: string; network: string; userAgent: string },
  now: number,
): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `insert into operator_sessions (operator_id, session_hash, created_at, last_seen_at, expires_at, ip_address, network, user_agent)
     values ($1, $2, to_timestamp($3::float8 / 1000), to_timestamp($3::float8 / 1000), to_timestamp($4::float8 / 1000), $5, $6, $7)
     returning session_id as id`,
    [session.operatorId, session.hash, now, session.expiresAt, session.ipAddress, session.network, session.userAgent],
  )
  return rows[0]?.id ?? 0
}

/** Those in use, the last used first. */
export async function listLiveSessions(db: Queryable, operatorId: number, times: { now: number; idleSince: number }): Promise<SessionRow[]> {
  const { rows } = await db.query<SessionRow>(
    `select ${COLUMNS} from operator_sessions s where s.project_id = 0 and s.operator_id = $1 and ${LIVE}
     order by s.last_seen_at desc, s.session_id desc`,
    [operatorId, times.now, times.idleSince],
  )
  return rows
}

/** false: this person has no such session, or it is over. */
export async function endSession(db: Queryable, operatorId: number, id: number, now: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update operator_sessions set ended_at = to_timestamp($3::float8 / 1000)
     where project_id = 0 and operator_id = $1 and session_id = $2 and ended_at is null`,
    [operatorId, id, now],
  )
  return rowCount === 1
}

/** All of a person, but `kept`. Returns how many. */
export async function endSessions(db: Queryable, operatorId: number, now: number, kept: number | null = null): Promise<number> {
  const { rowCount } = await db.query(
    `update operator_sessions set ended_at = to_timestamp($2::float8 / 1000)
     where project_id = 0 and operator_id = $1 and ended_at is null and ($3::int is null or session_id <> $3)`,
    [operatorId, now, kept],
  )
  return rowCount ?? 0
}

/** The least used ones beyond `most`: somebody’s script that signs in again and again fills no table. */
export async function endSessionsBeyond(db: Queryable, operatorId: number, most: number, now: number): Promise<void> {
  await db.query(
    `update operator_sessions set ended_at = to_timestamp($3::float8 / 1000) where project_id = 0 and session_id in (
       select session_id from operator_sessions where project_id = 0 and operator_id = $1 and ended_at is null
       order by last_seen_at desc, session_id desc offset $2)`,
    [operatorId, most, now],
  )
}

/** Those nobody has used since `before`. */
export async function forgetSessions(db: Queryable, before: number): Promise<void> {
  await db.query('delete from operator_sessions where last_seen_at < to_timestamp($1::float8 / 1000)', [before])
}
