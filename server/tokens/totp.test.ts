import { describe, expect, it } from 'vitest'
import { findTotpStep, newTotpSecret, totpCode, totpUri } from './totp.ts'

// RFC 6238, appendix B: the ASCII secret 12345678901234567890 in base32, and the last six of its eight digits.
const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const VECTORS = [[59, '287082'], [1_111_111_109, '081804'], [1_111_111_111, '050471'], [1_234_567_890, '005924'], [2_000_000_000, '279037'], [20_000_000_000, '353130']] as const

describe('codes', () => {
  it.each(VECTORS)('at %s s are those of RFC 6238: %s', (seconds, code) => {
    expect(totpCode(RFC_SECRET, seconds * 1000)).toBe(code)
    expect(findTotpStep(RFC_SECRET, code, seconds * 1000)).toBe(Math.floor(seconds / 30))
  })

  it.each([[-31, 0], [-30, 1], [0, 1], [29, 1], [30, 1], [59, 1], [60, 0]])('are looked for around now: %s s after they were made', (after, found) => {
    const at = 1_800_000_000_000
    const step = findTotpStep(RFC_SECRET, totpCode(RFC_SECRET, at), at + after * 1000)
    expect(step).toBe(found === 1 ? at / 30_000 : undefined)
  })

  it.each(['', '28708', '2870822', 'abcdef', '٢٨٧٠٨٢', '287082x', '-87082', '2.8e10'])('are six digits: not %j', (code) => {
    expect(findTotpStep(RFC_SECRET, code, 59_000)).toBeUndefined()
  })

  it('may be typed with spaces', () => {
    expect(findTotpStep(RFC_SECRET, ' 287 082 ', 59_000)).toBe(1)
  })
})

it('makes secrets of 160 random bits', () => {
  const made = Array.from({ length: 50 }, newTotpSecret)
  for (const secret of made) expect(secret).toMatch(/^[A-Z2-7]{32}$/)
  expect(new Set(made).size).toBe(50)
})

it('names itself to an authenticator app, whatever the name', () => {
  const uri = new URL(totpUri(RFC_SECRET, 'Ada & Co: <b>'))
  expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual(['otpauth:', 'totp', '/Truetally:Ada & Co: <b>'])
  expect(Object.fromEntries(uri.searchParams)).toEqual({ issuer: 'Truetally', secret: RFC_SECRET, algorithm: 'SHA1', digits: '6', period: '30' })
})
