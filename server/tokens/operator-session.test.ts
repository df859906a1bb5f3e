import { expect, it } from 'vitest'
import { csrfTokenOf, hashSessionToken, isCsrfToken, newSessionToken, sessionCookieName } from './operator-session.ts'

it('is 256 random bits, kept as a digest', () => {
  const made = Array.from({ length: 50 }, newSessionToken)
  expect(new Set(made).size).toBe(50)
  for (const token of made) {
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(hashSessionToken(token)).toHaveLength(32)
    expect(hashSessionToken(token)?.toString('base64url')).not.toBe(token)
  }
})

it.each(['', 'short', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(42)}é`])('looks nothing like %j', (token) => {
  expect(hashSessionToken(token)).toBeNull()
})

it('goes with one token against forgery, and with no other', () => {
  const [mine, theirs] = [newSessionToken(), newSessionToken()]
  expect(isCsrfToken(mine, csrfTokenOf(mine))).toBe(true)
  for (const wrong of [undefined, '', 'x', csrfTokenOf(theirs), mine, `${csrfTokenOf(mine)}x`, csrfTokenOf(mine).slice(1), 'é'.repeat(43)]) {
    expect(isCsrfToken(mine, wrong)).toBe(false)
  }
})

it('has a name over https that plain http cannot set', () => {
  expect([sessionCookieName(true), sessionCookieName(false)]).toEqual(['__Host-truetally', 'truetally'])
})
