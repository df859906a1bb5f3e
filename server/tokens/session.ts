/** Session tokens: who asked, from which origin, until when. Stateless; blocks are still checked on every use. */
import { randomBytes } from 'node:crypto'
import { sign, verify } from './signed.ts'

export const SESSION_TTL_MS = 30 * 60_000

export interface Session {
  projectId: number
  origin: string
  nonce: string
  issuedAt: number
  expiresAt: number
  /** Voter key of the device. */
  device: string
  /** When the device token was minted. */
  deviceSince: number
  /** The fingerprint this device showed when it last voted, to notice when it shows another. */
  knownFingerprint?: string
  /** The verified user, for a session started with a user token: voter key, masked id, and the secret that vouched for them. */
  user?: { voter: string; masked: string; kid: string }
}

export type SessionReading = { session: Session } | { refused: 'session_invalid' | 'session_expired' }

export function mintSession(key: Buffer, session: Omit<Session, 'nonce'>): string {
  return sign(key, { ...session, nonce: randomBytes(12).toString('base64url') })
}

export function readSession(key: Buffer, token: string, expected: { projectId: number; origin: string }, now: number): SessionReading {
  const session = verify(key, token) as Session | undefined
  if (session === undefined || session.projectId !== expected.projectId || session.origin !== expected.origin) {
    return { refused: 'session_invalid' }
  }
  if (session.expiresAt <= now) return { refused: 'session_expired' }
  return { session }
}
