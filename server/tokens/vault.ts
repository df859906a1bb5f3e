/** Secrets at rest: AES-256-GCM under the vault key, bound to what they belong to by the additional data. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** What a sealed secret belongs to. Part of what was sealed: whoever changes one of these can open nothing sealed before. */
export const sealContext = {
  pepper: (publicKey: string): string => `pepper:${publicKey}`,
  identity: (publicKey: string, kid: string): string => `identity:${publicKey}:${kid}`,
  totp: (operatorId: number): string => `totp:${operatorId}`,
  channel: (projectId: number, channelId: number): string => `channel:${projectId}:${channelId}`,
}

/** version(1) ‖ nonce(12) ‖ tag(16) ‖ ciphertext. `context` must be the same on opening: see `sealContext`. */
export function seal(key: Buffer, plaintext: Buffer, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), sealed])
}

/** Throws when the key, the context or a byte differs: usually a TRUETALLY_SECRET that is not the one it was sealed under. */
export function open(key: Buffer, sealed: Buffer, context: string): Buffer {
  if (sealed[0] !== VERSION || sealed.length < 1 + NONCE_BYTES + TAG_BYTES) throw new Error(`sealed ${context} has an unknown format`)
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES)
  const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(context)).setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()])
  } catch (cause) {
    throw new Error(`cannot open ${context}: it was sealed under another TRUETALLY_SECRET, or changed since`, { cause })
  }
}
