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
  /** Whether this device, or its user, had a counted vote on the board when the session began. */
  votedBefore?: true
  /** Leading zero bits its votes are asked for, with `nonce` as the challenge; absent: none. */
  difficulty?: number
  /** The fingerprint this device showed when it last voted, to notice when it shows another. */
  knownFingerprint?: string
  /** The verified user, for a session started with a user token: voter key, masked id, and the secret that vouched for them. */
  user?: SessionUser
}

export interface SessionUser {
  voter: string
  masked: string
  kid: string
  /** When the customer’s backend signed the token that began this session. */
  tokenIssuedAt?: number
  /** When the account was opened, where the token says so. */
  accountSince?: number
  /** How many user ids in a row, this one included, were new and counted up by one. */
  sequence?: number
}

export type SessionReading = { session: Session } | { refused: 'session_invalid' | 'session_expired' }

export const newNonce = (): string => randomBytes(12).toString('base64url')

/** `nonce` is the session’s challenge, too. */
export function mintSession(key: Buffer, session: Omit<Session, 'nonce'>, nonce = newNonce()): string {
  return sign(key, { ...session, nonce })
}

export function readSession(key: Buffer, token: string, expected: { projectId: number; origin: string }, now: number): SessionReading {
  const session = verify(key, token) as Session | undefined
  if (session === undefined || session.projectId !== expected.projectId || session.origin !== expected.origin) {
    return { refused: 'session_invalid' }
  }
  if (session.expiresAt <= now) return { refused: 'session_expired' }
  return { session }
}
