/** Making a project: its pepper and first identity secret are born here, and sealed before they reach the database. */
import { randomBytes } from 'node:crypto'
import type { PoolClient } from 'pg'
import { sealContext, seal } from '../server/tokens/vault.ts'
import { type NewProject, insertIdentitySecret, insertProject, replaceOrigins } from './queries/projects.ts'

export interface IdentitySecretText {
  kid: string
  /** What the host signs with, as UTF-8 bytes. Shown once. */
  text: string
  sealedSecret: Buffer
}

/** A new HS256 secret, sealed for the database and in the clear for the one answer that shows it. */
export function newIdentitySecret(vaultKey: Buffer, publicKey: string): IdentitySecretText {
  const kid = randomBytes(6).toString('hex')
  const text = `sk_${randomBytes(32).toString('base64url')}`
  return { kid, text, sealedSecret: seal(vaultKey, Buffer.from(text), sealContext.identity(publicKey, kid)) }
}

/** Without `anonymousShare` there is no cap. */
export type ProjectDraft = Omit<NewProject, 'sealedPepper' | 'anonymousShare'> & { origins: readonly string[]; anonymousShare?: number | null }

/** A public key nobody has: 96 random bits. */
export const newPublicKey = (): string => `pk_${randomBytes(12).toString('base64url')}`

/** What a project is that was told nothing else. */
export const PROJECT_DEFAULTS = { mode: 'open', fingerprint: 'consent', dedup: 'hold' } as const

/** Inside a transaction. Throws when the public key is taken: a random one is not, and the seed looks first. */
export async function createProject(
  client: PoolClient, vaultKey: Buffer, { origins, anonymousShare = null, ...draft }: ProjectDraft,
): Promise<{ id: number; secret: IdentitySecretText }> {
  const sealedPepper = seal(vaultKey, randomBytes(32), sealContext.pepper(draft.publicKey))
  const id = await insertProject(client, { ...draft, anonymousShare, sealedPepper })
  if (id === null) throw new Error(`the public key ${draft.publicKey} is taken`)
  const secret = newIdentitySecret(vaultKey, draft.publicKey)
  await insertIdentitySecret(client, id, secret)
  await replaceOrigins(client, id, origins)
  return { id, secret }
}
