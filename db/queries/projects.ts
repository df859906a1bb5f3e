/** Projects with everything a request needs to know of them, read whole: a handful of rows, cached by the server. */
import type { DedupMode, FingerprintMode, ProjectMode } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'

export interface ProjectRow {
  id: number
  publicKey: string
  name: string
  mode: ProjectMode
  fingerprint: FingerprintMode
  dedup: DedupMode
  /** The share of a public tally that device votes may make up; null: any. */
  anonymousShare: number | null
  sealedPepper: Buffer
  createdAt: number
}
export interface OriginRow {
  projectId: number
  origin: string
}
export interface IdentitySecretRow {
  projectId: number
  kid: string
  sealedSecret: Buffer
  createdAt: number
  expiresAt: number | null
}

const PROJECT_COLUMNS = `project_id as id, public_key as "publicKey", name, mode, fingerprint, dedup,
  anonymous_share as "anonymousShare", sealed_pepper as "sealedPepper", created_at as "createdAt"`

/** Every project with its origins and with the secrets that are still valid at `now`; secrets and peppers stay sealed. */
export async function loadProjects(db: Queryable, now: number): Promise<{ projects: ProjectRow[]; origins: OriginRow[]; secrets: IdentitySecretRow[] }> {
  // One after the other: a client inside a transaction takes one query at a time.
  const projects = await db.query<ProjectRow>(`select ${PROJECT_COLUMNS} from projects order by project_id`)
  const origins = await db.query<OriginRow>(`select project_id as "projectId", origin from allowed_origins order by project_id, origin`)
  const secrets = await db.query<IdentitySecretRow>(
    `select project_id as "projectId", kid, sealed_secret as "sealedSecret", created_at as "createdAt", expires_at as "expiresAt"
     from identity_secrets where expires_at is null or expires_at > to_timestamp($1 / 1000.0) order by project_id, created_at`,
    [now],
  )
  return { projects: projects.rows, origins: origins.rows, secrets: secrets.rows }
}

export type NewProject = Omit<ProjectRow, 'id' | 'createdAt'>

/** null: no project has this public key. */
export async function findProjectId(db: Queryable, publicKey: string): Promise<number | null> {
  const { rows } = await db.query<{ id: number }>('select project_id as id from projects where public_key = $1', [publicKey])
  return rows[0]?.id ?? null
}

/** null: the public key is taken. */
export async function insertProject(db: Queryable, project: NewProject): Promise<number | null> {
  const { rows } = await db.query<{ id: number }>(
    `insert into projects (public_key, name, mode, fingerprint, dedup, anonymous_share, sealed_pepper) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (public_key) do nothing returning project_id as id`,
    [project.publicKey, project.name, project.mode, project.fingerprint, project.dedup, project.anonymousShare, project.sealedPepper],
  )
  return rows[0]?.id ?? null
}

/** A field left out stays as it is; `anonymousShare` null is a value, no cap. */
export async function updateProject(
  db: Queryable, id: number,
  patch: { name?: string; mode?: ProjectMode; fingerprint?: FingerprintMode; dedup?: DedupMode; anonymousShare?: number | null },
): Promise<void> {
  await db.query(
    `update projects set name = coalesce($2, name), mode = coalesce($3, mode), fingerprint = coalesce($4, fingerprint),
       dedup = coalesce($5, dedup), anonymous_share = case when $6 then $7 else anonymous_share end where project_id = $1`,
    [
      id, patch.name ?? null, patch.mode ?? null, patch.fingerprint ?? null, patch.dedup ?? null,
      patch.anonymousShare !== undefined, patch.anonymousShare ?? null,
    ],
  )
}

export interface ProjectSettings extends Pick<ProjectRow, 'name' | 'mode' | 'fingerprint' | 'dedup' | 'anonymousShare'> {
  origins: string[]
}

/** What a person may change of it, which until the end of the transaction nobody else does. Throws when there is no such project. */
export async function lockProjectSettings(db: Queryable, id: number): Promise<ProjectSettings> {
  const { rows: [project] } = await db.query<Omit<ProjectSettings, 'origins'>>(
    `select name, mode, fingerprint, dedup, anonymous_share as "anonymousShare" from projects where project_id = $1 for no key update`, [id])
  if (project === undefined) throw new Error(`the project ${id} is gone`)
  const { rows } = await db.query<{ origin: string }>('select origin from allowed_origins where project_id = $1 order by origin', [id])
  return { ...project, origins: rows.map(({ origin }) => origin) }
}

/** Inside a transaction: afterwards the list is `origins`. */
export async function replaceOrigins(db: Queryable, projectId: number, origins: readonly string[]): Promise<void> {
  await db.query(`delete from allowed_origins where project_id = $1 and origin <> all($2::text[])`, [projectId, origins])
  await addOrigins(db, projectId, origins)
}

/** The project's current secret; it must have none. */
export async function insertIdentitySecret(db: Queryable, projectId: number, secret: { kid: string; sealedSecret: Buffer }): Promise<void> {
  await db.query(
    `insert into identity_secrets (project_id, kid, sealed_secret) values ($1, $2, $3)`,
    [projectId, secret.kid, secret.sealedSecret],
  )
}

/** Inside a transaction: the present secret gets its end, the new one takes its place. Returns those still valid for a while after `now`. */
export async function rotateIdentitySecret(
  db: Queryable, projectId: number, secret: { kid: string; sealedSecret: Buffer },
  { now, overlapUntil }: { now: number; overlapUntil: number },
): Promise<{ kid: string; expiresAt: number }[]> {
  // Two rotations at once take turns; without it both would see the same current secret, and one would break on it.
  await db.query(`select from projects where project_id = $1 for no key update`, [projectId])
  await db.query(
    `update identity_secrets set expires_at = to_timestamp($2 / 1000.0)
     where project_id = $1 and (expires_at is null or expires_at > to_timestamp($2 / 1000.0))`,
    [projectId, overlapUntil],
  )
  await insertIdentitySecret(db, projectId, secret)
  const { rows } = await db.query<{ kid: string; expiresAt: number }>(
    `select kid, expires_at as "expiresAt" from identity_secrets
     where project_id = $1 and expires_at > to_timestamp($2 / 1000.0) order by expires_at desc`,
    [projectId, now],
  )
  return rows
}

/** Adds to the list; what is on it stays. */
export async function addOrigins(db: Queryable, projectId: number, origins: readonly string[]): Promise<void> {
  await db.query(
    `insert into allowed_origins (project_id, origin) select $1, unnest($2::text[]) on conflict do nothing`,
    [projectId, origins],
  )
}

/** By its id or its public key. null: there is none. */
export async function findProjectNamed(db: Queryable, ref: string): Promise<number | null> {
  const { rows } = await db.query<{ id: number }>(
    'select project_id as id from projects where project_id::text = $1 or public_key = $1 order by project_id limit 1', [ref])
  return rows[0]?.id ?? null
}
