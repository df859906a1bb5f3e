/** What a signed-in operator’s browser holds: 256 random bits in a cookie, and the proof that a page of ours sends a change. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export const SESSION_IDLE_MS = 12 * 3_600_000
export const SESSION_LONGEST_MS = 7 * 86_400_000

/** Over https the prefix keeps other hosts of the domain, and plain http, from setting one (RFC 6265bis). */
export const sessionCookieName = (secure: boolean): string => (secure ? '__Host-truetally' : 'truetally')

export const newSessionToken = (): string => randomBytes(32).toString('base64url')

/** null: not what a session of ours looks like, which needs no look-up. */
export const hashSessionToken = (token: string): Buffer | null =>
  (/^[\w-]{43}$/.test(token) ? createHash('sha256').update(token).digest() : null)

/** Goes with the session, and tells nothing about it: only who holds the cookie’s text, which no script can read, or was told it, has this. */
export const csrfTokenOf = (token: string): string => createHmac('sha256', token).update('truetally/csrf/v1').digest('base64url')

export function isCsrfToken(token: string, shown: string | undefined): boolean {
  const expected = Buffer.from(csrfTokenOf(token))
  const given = Buffer.from(shown ?? '')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
