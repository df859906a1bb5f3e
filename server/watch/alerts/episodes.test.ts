import { describe, expect, it } from 'vitest'
import type { Alert } from './alert.ts'
import { type Episode, type EpisodeRule, endOf, takeUp } from './episodes.ts'

const MINUTE = 60_000
const rule = (rest: Partial<EpisodeRule['document']> = {}): EpisodeRule => ({
  name: 'a-rule', version: 'v1', keepMs: 5 * MINUTE,
  document: { title: 'A rule', name: 'a-rule', level: 'high', correlation: { type: 'event_count', rules: ['x'], timespan: '5m', condition: { gt: 1 } }, ...rest },
})
const episode = (startsAt: number, lastAt = startsAt, rest: Partial<Episode> = {}): Episode =>
  ({ projectId: 1, group: { ipAddress: '203.0.113.7' }, startsAt, lastAt, value: 11, lines: 11, evidence: ['a'], ...rest })
const begun = (startsAt: number, lastAt = startsAt, of = rule()): Alert => takeUp(of, [], episode(startsAt, lastAt), 0)

describe('takeUp', () => {
  it('makes a new alert, with the same id whoever finds it and whenever', () => {
    const alert = begun(1000)
    expect(alert).toMatchObject({ state: 'firing', firesAt: 1000, severity: 'high', group: { ipAddress: '203.0.113.7' }, suppressed: false })
    expect(takeUp(rule(), [], episode(1000), 99_999).id).toBe(alert.id)
    expect(takeUp(rule(), [], episode(1001), 0).id).not.toBe(alert.id)
    expect(alert.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('changes nothing when the same is seen again', () => {
    const alert = begun(1000, 2000)
    expect(takeUp(rule(), [alert], episode(1000, 2000), 5000)).toBe(alert)
    expect(takeUp(rule(), [alert], episode(1500, 1600, { value: 5 }), 5000)).toBe(alert)
  })

  it('goes on with what it knows, and takes an earlier beginning', () => {
    expect(takeUp(rule(), [begun(1000, 2000)], episode(2500, 3000, { value: 20, evidence: ['b'] }), 5000))
      .toMatchObject({ id: begun(1000).id, startsAt: 1000, lastAt: 3000, value: 20, evidence: ['a', 'b'] })
    expect(takeUp(rule(), [begun(1000, 2000)], episode(500, 900), 5000)).toMatchObject({ id: begun(1000).id, startsAt: 500, firesAt: 500, lastAt: 2000 })
  })

  it('is another alert after a longer pause than the rule keeps firing', () => {
    const first = begun(0)
    expect(takeUp(rule(), [first], episode(5 * MINUTE), 0).id).toBe(first.id)
    expect(takeUp(rule(), [first], episode(5 * MINUTE + 1), 0).id).not.toBe(first.id)
  })

  it('takes what comes late about an earlier time for an alert of its own, which is over', () => {
    const later = begun(60 * MINUTE)
    expect(takeUp(rule(), [later], episode(0, 1000), 61 * MINUTE)).toMatchObject({ startsAt: 0, state: 'resolved', endsAt: 1000 + 5 * MINUTE })
    expect(takeUp(rule(), [begun(0, 1000), later], episode(0, 1000), 61 * MINUTE).id).toBe(begun(0, 1000).id)
  })

  it('opens again what a late line says was not over, but not for old news', () => {
    const over = endOf(5 * MINUTE, begun(0, 1000), 10 * MINUTE)
    expect(over).toMatchObject({ state: 'resolved', endsAt: 1000 + 5 * MINUTE })
    expect(takeUp(rule(), [over], episode(500, 1000), 11 * MINUTE)).toBe(over)
    expect(takeUp(rule(), [over], episode(500, 4 * MINUTE), 11 * MINUTE)).toMatchObject({ id: over.id, state: 'firing', endsAt: null, lastAt: 4 * MINUTE })
  })

  it('pends until it has held for as long as the rule asks', () => {
    const slow = rule({ for: '5m' })
    const pending = begun(0, 4 * MINUTE, slow)
    expect(pending).toMatchObject({ state: 'pending', firesAt: null })
    expect(takeUp(slow, [pending], episode(0, 5 * MINUTE), 0)).toMatchObject({ state: 'firing', firesAt: 5 * MINUTE })
    expect(endOf(5 * MINUTE, pending, 20 * MINUTE)).toMatchObject({ state: 'resolved', firesAt: null })
  })

  it('is quiet where another of the group ended only just before, counted from its end', () => {
    const quiet = rule({ suppress: '10m' })
    const before = endOf(5 * MINUTE, begun(0, 0, quiet), 60 * MINUTE)
    expect(takeUp(quiet, [before], episode(15 * MINUTE), 0).suppressed).toBe(true)
    expect(takeUp(quiet, [before], episode(15 * MINUTE + 1), 0).suppressed).toBe(false)
  })

  it('is not quiet after one that never fired', () => {
    const quiet = rule({ suppress: '10m', for: '5m' })
    const before = endOf(5 * MINUTE, begun(0, 0, quiet), 60 * MINUTE)
    expect(takeUp(quiet, [before], episode(6 * MINUTE), 0).suppressed).toBe(false)
  })
})
