/**
 * End-user identity: a JWT signed by the customer's backend (RFC 7519, HS256 only). The one importer of jose.
 * Refusals are values with the ledger's wording and severity (SECURITY.md): a bad token is suspicion, not a malfunction.
 */
import { createHash } from 'node:crypto'
import { decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { Severity } from '../contract/primitives.ts'

/** Longer than any sign-in needs; short enough that a leaked token dies the same day. */
export const MAX_LIFETIME_S = 24 * 3600
export const CLOCK_TOLERANCE_S = 30
const CACHE_ENTRIES = 10_000

export interface IdentitySecret {
  kid: string
  /** The secret as the host uses it: UTF-8 bytes of the text that was shown once. */
  key: Uint8Array
  expiresAt: number | null
}

export interface Identity {
  sub: string
  expiresAt: number
  /** Of the secret that signed it. */
  kid: string
  /** ms; absent where the token has no `iat`. */
  issuedAt?: number
  /** ms; absent where the token has no claim `account_created_at` (seconds, as `iat`). */
  accountSince?: number
}

/** What was wrong with a token, as rules ask for it (`detail.reason` in the ledger). Part of the wire contract: add, never rename. */
export const FAULTS = {
  malformed: { message: 'Malformed token', severity: 'medium' },
  alg_none: { message: 'Invalid algorithm: none - possible algorithm attack', severity: 'critical' },
  wrong_alg: { message: 'Invalid algorithm', severity: 'high' },
  signature: { message: 'Invalid signature', severity: 'high' },
  expired: { message: 'Token expired', severity: 'low' },
  not_yet_valid: { message: 'Token not yet valid', severity: 'low' },
  missing_fields: { message: 'Missing required fields', severity: 'medium' },
  audience: { message: 'Invalid audience', severity: 'medium' },
  issued_in_future: { message: 'Token issued in the future', severity: 'medium' },
  lifetime: { message: 'Token lifetime too long', severity: 'medium' },
} as const satisfies Record<string, { message: string; severity: Severity }>
export type TokenFault = keyof typeof FAULTS

export interface IdentityFailure {
  code: 'user_token_expired' | 'user_token_invalid'
  reason: TokenFault
  message: string
  severity: Severity
  /** The header’s, short and plain; `missing` where it is none. undefined: the header could not be read. */
  alg?: string
  /** What the token claimed, unverified: for the masked columns of the ledger only. */
  claimed: { sub?: string; email?: string }
}

export type IdentityReading = { identity: Identity } | { failure: IdentityFailure }

/** A token verified once is remembered by digest until it expires (measured: jose on every request costs two thirds). */
export class IdentityVerifier {
  readonly #audience: string
  readonly #secrets: readonly IdentitySecret[]
  readonly #verified = new Map<string, { identity: Identity; until: number }>()

  /** A change of secrets means a new verifier, so a revoked secret takes its remembered tokens with it. */
  constructor(audience: string, secrets: readonly IdentitySecret[]) {
    this.#audience = audience
    this.#secrets = secrets
  }

  /** Whether tokens signed under this secret are still taken: asked of sessions that were started with one. */
  accepts(kid: string, now: number): boolean {
    return this.#secrets.some((secret) => secret.kid === kid && (secret.expiresAt === null || secret.expiresAt > now))
  }

  async read(token: string, now: number): Promise<IdentityReading> {
    const digest = createHash('sha256').update(token).digest('base64')
    const known = this.#verified.get(digest)
    if (known !== undefined) {
      if (now < known.until) return { identity: known.identity }
      this.#verified.delete(digest)
    }
    return await this.#verify(token, digest, now)
  }

  async #verify(token: string, digest: string, now: number): Promise<IdentityReading> {
    let header: { alg?: unknown; kid?: unknown }
    try {
      header = decodeProtectedHeader(token)
    } catch {
      return refuse('malformed', {})
    }
    const claimed = readClaimed(token)
    const alg = shownAlgorithm(header.alg)
    if (header.alg !== 'HS256') return isNone(header.alg) ? refuse('alg_none', claimed, 'none') : refuse('wrong_alg', claimed, alg)

    const usable = this.#secrets.filter(
      (secret) => (secret.expiresAt === null || secret.expiresAt > now) && (header.kid === undefined || header.kid === secret.kid),
    )
    for (const secret of usable) {
      try {
        const { payload } = await jwtVerify(token, secret.key, {
          algorithms: ['HS256'],
          audience: this.#audience,
          requiredClaims: ['sub', 'exp', 'aud'],
          clockTolerance: CLOCK_TOLERANCE_S,
          currentDate: new Date(now),
        })
        const { sub, exp, iat } = payload
        if (typeof sub !== 'string' || sub === '' || sub.length > 255 || exp === undefined) {
          return refuse('missing_fields', claimed, alg)
        }
        const start = iat ?? Math.floor(now / 1000)
        if (start > now / 1000 + CLOCK_TOLERANCE_S) return refuse('issued_in_future', claimed, alg)
        if (exp - start > MAX_LIFETIME_S) return refuse('lifetime', claimed, alg)
        const opened = payload['account_created_at']
        const identity: Identity = {
          sub, expiresAt: exp * 1000, kid: secret.kid, ...(iat === undefined ? {} : { issuedAt: iat * 1000 }),
          // An account cannot have been opened after its token was signed; such a claim says nothing.
          ...(typeof opened === 'number' && opened > 0 && opened <= start ? { accountSince: opened * 1000 } : {}),
        }
        this.#remember(digest, identity, Math.min(exp * 1000, secret.expiresAt ?? Infinity))
        return { identity }
      } catch (error) {
        if (error instanceof errors.JWSSignatureVerificationFailed) continue
        return refuse(faultOf(error), claimed, alg)
      }
    }
    return refuse('signature', claimed, alg)
  }

  #remember(digest: string, identity: Identity, until: number): void {
    if (this.#verified.size >= CACHE_ENTRIES) {
      const oldest = this.#verified.keys().next().value
      if (oldest !== undefined) this.#verified.delete(oldest)
    }
    this.#verified.set(digest, { identity, until })
  }
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return 'missing_fields'
    if (error.claim === 'aud') return 'audience'
    if (error.claim === 'nbf') return 'not_yet_valid'
    return 'missing_fields'
  }
  if (error instanceof errors.JOSEError) return 'malformed'
  throw error
}

const isNone = (alg: unknown): boolean => typeof alg === 'string' && alg.toLowerCase() === 'none'

/** The header is the attacker's text: keep it short and plain. */
const shownAlgorithm = (alg: unknown): string => (typeof alg === 'string' ? alg.replace(/[^A-Za-z0-9-]/g, '').slice(0, 16) : 'missing')

function refuse(reason: TokenFault, claimed: IdentityFailure['claimed'], alg?: string): IdentityReading {
  const { message, severity } = FAULTS[reason]
  return {
    failure: {
      code: reason === 'expired' ? 'user_token_expired' : 'user_token_invalid', reason, severity, claimed,
      message: reason === 'wrong_alg' ? `${message}: ${alg ?? ''} - only HS256 is accepted` : message,
      ...(alg === undefined ? {} : { alg }),
    },
  }
}

function readClaimed(token: string): IdentityFailure['claimed'] {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    if (typeof payload !== 'object' || payload === null) return {}
    const { sub, email } = payload as { sub?: unknown; email?: unknown }
    return {
      ...(typeof sub === 'string' && sub !== '' ? { sub: sub.slice(0, 255) } : {}),
      ...(typeof email === 'string' && email !== '' ? { email: email.slice(0, 254) } : {}),
    }
  } catch {
    // An unreadable payload claims nothing; the header's or the signature's fault is what gets reported.
    return {}
  }
}
