/** Making a project: its pepper and first identity secret are born here, and sealed before they reach the database. */
import { randomBytes } from 'node:crypto'
import type { PoolClient } from 'pg'
import { insertProject, replaceOrigins, rotateIdentitySecret } from './queries/projects.ts'
import type { DedupMode, FingerprintMode, ProjectMode } from '../server/contract/primitives.ts'
import { seal } from '../server/tokens/vault.ts'

export interface IdentitySecretText {
  kid: string
  /** What the host signs with, as UTF-8 bytes. Shown once. */
  text: string
  sealedSecret: Buffer
}

export function newIdentitySecret(vaultKey: Buffer, publicKey: string): IdentitySecretText {
  const kid = randomBytes(6).toString('hex')
  const text = `sk_${randomBytes(32).toString('base64url')}`
  return { kid, text, sealedSecret: seal(vaultKey, Buffer.from(text), `identity:${publicKey}:${kid}`) }
}

export interface ProjectDraft {
  publicKey: string
  name: string
  origins: readonly string[]
  mode: ProjectMode
  fingerprint: FingerprintMode
  dedup: DedupMode
}

/** Inside a transaction. Throws when the public key is taken: a random one is not, and the seed looks first. */
export async function createProject(
  client: PoolClient, vaultKey: Buffer, { origins, ...draft }: ProjectDraft,
): Promise<{ id: number; secret: IdentitySecretText }> {
  const sealedPepper = seal(vaultKey, randomBytes(32), `pepper:${draft.publicKey}`)
  const id = await insertProject(client, { ...draft, sealedPepper })
  if (id === null) throw new Error(`the public key ${draft.publicKey} is taken`)
  const secret = newIdentitySecret(vaultKey, draft.publicKey)
  await rotateIdentitySecret(client, id, secret, Date.now())
  await replaceOrigins(client, id, origins)
  return { id, secret }
}
