/** One master key, one derived key per purpose (HKDF, RFC 5869): a token of one kind can never pass as another. */
import { hkdfSync } from 'node:crypto'

export interface Keyring {
  session: Buffer
  device: Buffer
  receipt: Buffer
  challenge: Buffer
  vault: Buffer
  /** Names in the memory that nodes share (gate/shared-keys.ts). */
  shared: Buffer
}

/** The same master secret always gives the same keys; `v1` is raised when a token changes its shape. */
export function deriveKeys(masterSecret: string): Keyring {
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', masterSecret, 'truetally', `truetally/${purpose}/v1`, 32))
  return {
    session: derive('session'),
    device: derive('device'),
    receipt: derive('receipt'),
    challenge: derive('challenge'),
    vault: derive('vault'),
    shared: derive('shared'),
  }
}
