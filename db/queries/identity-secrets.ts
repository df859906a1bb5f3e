/** Identity secrets beyond those in use (projects.ts): ending one early, and what once was. */
import type { Queryable } from '../queryable.ts'
import type { IdentitySecretRow } from './projects.ts'

export type EndedSecret = 'ended' | 'current' | 'unknown'

/** Ends a secret before its overlap does; never the current one. What has ended already is `unknown`. */
export async function endIdentitySecret(db: Queryable, projectId: number, kid: string, now: number): Promise<{ outcome: EndedSecret; before: number | null }> {
  const { rows: [row] } = await db.query<{ expiresAt: number | null }>(
    'select expires_at as "expiresAt" from identity_secrets where project_id = $1 and kid = $2 for update', [projectId, kid])
  if (row === undefined || (row.expiresAt !== null && row.expiresAt <= now)) return { outcome: 'unknown', before: null }
  if (row.expiresAt === null) return { outcome: 'current', before: null }
  await db.query('update identity_secrets set expires_at = to_timestamp($3 / 1000.0) where project_id = $1 and kid = $2', [projectId, kid, now])
  return { outcome: 'ended', before: row.expiresAt }
}

/** The current one, those in their overlap and those that ended last; sealed. */
export async function listIdentitySecrets(db: Queryable, projectId: number, limit: number): Promise<IdentitySecretRow[]> {
  const { rows } = await db.query<IdentitySecretRow>(
    `select project_id as "projectId", kid, sealed_secret as "sealedSecret", created_at as "createdAt", expires_at as "expiresAt"
     from identity_secrets where project_id = $1 order by expires_at desc nulls first, created_at desc limit $2`,
    [projectId, limit],
  )
  return rows
}
