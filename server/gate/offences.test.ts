import { describe, expect, it } from 'vitest'
import { Offences, blockLength } from './offences.ts'
import { OFFENCE_KINDS, defaultResponsePolicy } from './policies/responses.ts'

const RULE = { offences: 3, windowMs: 1000 }

describe('Offences', () => {
  it('says nothing below the threshold, the count at it, and begins again after it', () => {
    const offences = new Offences(100)
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map((what, at) => offences.note('source', what, RULE, at))).toEqual([
      undefined, undefined, 3, undefined, undefined, 3,
    ])
    expect(offences.size).toBe(0)
  })

  it('counts the same offence once, however often it is seen', () => {
    const offences = new Offences(100)
    for (let at = 0; at < 500; at += 1) expect(offences.note('source', 'the same', RULE, at)).toBeUndefined()
    expect(offences.size).toBe(1)
  })

  it('forgets each offence when its own window is over, not all of them at once', () => {
    const offences = new Offences(100)
    offences.note('source', 'a', RULE, 0)
    offences.note('source', 'b', RULE, 600)
    // “a” is a window old here, “b” is not.
    expect(offences.note('source', 'c', RULE, 1000)).toBeUndefined()
    expect(offences.note('source', 'd', RULE, 1599)).toBe(3)
  })

  it('reaches the threshold with offences that are a moment younger than the window', () => {
    const offences = new Offences(100)
    offences.note('source', 'a', RULE, 0)
    offences.note('source', 'b', RULE, 1)
    expect(offences.note('source', 'c', RULE, 999)).toBe(3)
  })

  it('counts an offence from when it was last seen', () => {
    const offences = new Offences(100)
    offences.note('source', 'a', RULE, 0)
    offences.note('source', 'b', RULE, 100)
    offences.note('source', 'a', RULE, 900)
    expect(offences.note('source', 'c', RULE, 1150)).toBeUndefined()
    expect(offences.note('source', 'd', RULE, 1899)).toBe(3)
  })

  it('keeps sources apart', () => {
    const offences = new Offences(100)
    for (const what of ['a', 'b']) for (const source of ['one', 'other']) expect(offences.note(source, what, RULE, 0)).toBeUndefined()
    expect(offences.note('one', 'c', RULE, 0)).toBe(3)
    expect(offences.note('other', 'b', RULE, 0)).toBeUndefined()
  })

  it('never remembers more than it may, forgets the source quiet for longest, and says how many it forgot', () => {
    const offences = new Offences(10)
    offences.note('regular', 'a', RULE, 0)
    for (let n = 0; n < 1000; n += 1) {
      offences.note(`passer-by ${n}`, 'a', RULE, n)
      if (n % 5 === 0) offences.note('regular', 'a', RULE, n)
      expect(offences.size).toBeLessThanOrEqual(10)
    }
    expect(offences.saturations).toBe(991)
    offences.note('regular', 'b', RULE, 1000)
    expect(offences.note('regular', 'c', RULE, 1000)).toBe(3)
  })

  it('forgets on request', () => {
    const offences = new Offences(100)
    offences.note('source', 'a', RULE, 0)
    offences.note('source', 'b', RULE, 0)
    offences.forget('source')
    expect(offences.size).toBe(0)
    expect(offences.note('source', 'c', RULE, 0)).toBeUndefined()
  })
})

describe('blockLength', () => {
  it('doubles up to the longest', () => {
    const rule = { firstBlockMs: 60_000, factor: 2, maxBlockMs: 300_000 }
    expect([0, 1, 2, 3, 4, 1000].map((earlier) => blockLength(rule, earlier))).toEqual([60_000, 120_000, 240_000, 300_000, 300_000, 300_000])
  })
})

describe('the shipped policy', () => {
  it.each(OFFENCE_KINDS)('%s begins with a short block, ends with a bounded one, and old offences do not outlive the grace', (kind) => {
    const rule = defaultResponsePolicy.rules[kind]
    expect(rule.firstBlockMs).toBeLessThanOrEqual(60_000)
    expect(rule.maxBlockMs).toBeGreaterThan(rule.firstBlockMs)
    expect(rule.maxBlockMs).toBeLessThanOrEqual(24 * 3_600_000)
    expect(rule.windowMs).toBeLessThan(defaultResponsePolicy.graceMs)
  })
})
