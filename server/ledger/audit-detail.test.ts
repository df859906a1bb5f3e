import { describe, expect, it } from 'vitest'
import { DETAIL_BYTES, SECRET, auditDetail, auditText, changedFields } from './audit-detail.ts'
import { canonicalJson } from './canonical-json.ts'

const bytesOf = (value: object): number => Buffer.byteLength(canonicalJson(auditDetail(value)))

describe('what an entry says', () => {
  it('is what was handed over, as JSON has it', () => {
    expect(auditDetail({ title: 'New', at: new Date(0), gone: undefined, list: [1, undefined], deep: { a: null } }))
      .toEqual({ title: 'New', at: '1970-01-01T00:00:00.000Z', list: [1, null], deep: { a: null } })
    expect([auditDetail(null), auditDetail(undefined)]).toEqual([null, null])
  })

  it.each([
    'secret', 'identitySecret', 'password', 'newPassword', 'SECRET', 'token', 'userToken', 'totp', 'code', 'routingKey', 'authorization', 'headers', 'pepper',
  ])('has no value under the name %s, at any depth', (name) => {
    const value = 'correct horse battery staple'
    expect(JSON.stringify(auditDetail({ [name]: value, list: [{ deep: { [name]: { inner: value } } }] }))).not.toContain('horse')
    expect(auditDetail({ [name]: value })).toEqual({ [name]: SECRET })
    // That there is none, or is one, may be said.
    expect(auditDetail({ [name]: true })).toEqual({ [name]: true })
    expect(auditDetail({ [name]: null })).toEqual({ [name]: null })
  })

  it('masks addresses of mail wherever they stand, names of fields included', () => {
    const said = JSON.stringify(auditDetail({ to: ['jane.doe@example.com'], reason: 'see <bob@example.org>, or root@localhost', 'x@example.net': 1 }))
    for (const kept of ['j***e@example.com', '<b***b@example.org>', 'r***t@localhost']) expect(said).toContain(kept)
    for (const gone of ['jane.doe', 'bob@', 'root@', '"x@']) expect(said).not.toContain(gone)
  })

  it('masks an address also where a long text would be cut through it', () => {
    for (let before = 975; before <= 1000; before += 1) expect(auditText(`${' '.repeat(before)}jane.doe@example.com`)).not.toContain('doe')
  })

  it('goes through long text without an address in no time', () => {
    const began = process.cpuUsage()
    auditText('a'.repeat(128 * 1024))
    auditText('a@'.repeat(64 * 1024))
    const { user } = process.cpuUsage(began)
    // Of the processor, however busy the machine is: it takes some 10 ms, and from each letter to the end of the text half a minute.
    expect(user / 1000).toBeLessThan(2000)
  })

  it('can be stored: no NUL, no half of a pair, also after a cut', () => {
    expect(auditText('a\0b\ud800c')).toBe('ab\ufffdc')
    expect(auditText(`${'a'.repeat(999)}\u{1f600}`).isWellFormed()).toBe(true)
    expect(auditDetail({ 'a\0': '\ud800' })).toEqual({ a: '\ufffd' })
  })
})

describe('what is long', () => {
  it('is cut where it is long, and says so', () => {
    expect(auditDetail({ text: 'x'.repeat(5000) })).toEqual({ text: `${'x'.repeat(1000)} … (5000 characters)` })
    expect(auditDetail({ ids: Array.from({ length: 1000 }, (_, id) => id) })).toEqual({ ids: [...Array.from({ length: 100 }, (_, id) => id), '… and 900 more'] })
    expect(JSON.stringify(auditDetail({ a: { b: { c: { d: { e: { f: { g: 1 } } } } } } }))).toBe('{"a":{"b":{"c":{"d":{"e":{"f":"…"}}}}}}')
  })

  it('never makes more than 16 kB, the largest fields first, small ones stay', () => {
    const wide = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`field${n}`, 'ä'.repeat(900)]))
    const said = auditDetail({ ...wide, reason: 'spam' }) as Record<string, string>
    expect(bytesOf({ ...wide, reason: 'spam' })).toBeLessThanOrEqual(DETAIL_BYTES)
    expect(said['reason']).toBe('spam')
    expect(Object.values(said).filter((text) => /^… 1802 bytes, SHA-256 [0-9a-f]{64}$/.test(text)).length).toBeGreaterThan(10)
    const hostile = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`field${n}`, n]))
    expect(auditDetail(hostile)).toMatch(/^… \d+ bytes in 5000 fields$/)
    expect(bytesOf({ list: Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 'x'.repeat(1000))) })).toBeLessThanOrEqual(DETAIL_BYTES)
  })
})

it('of two states says what differs', () => {
  expect(changedFields({ name: 'a', origins: ['x'], share: null as number | null }, { name: 'a', origins: ['x', 'y'], share: 0.5 }))
    .toEqual({ before: { origins: ['x'], share: null }, after: { origins: ['x', 'y'], share: 0.5 } })
  expect(changedFields({ a: 1 }, { a: 1 })).toEqual({ before: {}, after: {} })
})
