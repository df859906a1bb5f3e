import { describe, expect, it } from 'vitest'
import type { Alert } from '../../../../contract/alert.ts'
import { heedOf } from './alert-age.ts'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 2, 1, 9)
const targets = { critical: 0, high: 15 * MINUTE, medium: 60 * MINUTE, low: 24 * 60 * MINUTE }
const alert = (change: Partial<Alert> = {}): Alert => ({
  id: '00000000-0000-4000-8000-000000000001', projectId: '1', rule: 'a-rule', ruleVersion: '1', title: 'A rule', group: {}, state: 'firing', severity: 'high',
  startsAt: T0, firesAt: T0 + MINUTE, lastAt: T0 + MINUTE, endsAt: null, detectedAt: T0 + MINUTE, value: 5, lines: 5, evidence: [], suppressed: false,
  acknowledgedAt: null, acknowledgedBy: null, disposition: null, disposedAt: null, disposedBy: null, escalations: 0, ...change,
})

describe('what is said of an alert’s age', () => {
  it('counts down from when it fired, not from when it began', () => {
    expect(heedOf(alert(), targets, T0 + 6 * MINUTE)).toEqual({ state: 'waiting', words: '10 min left of 15 min', share: 5 / 15 })
  })

  it('says at exactly its time that it is over', () => {
    expect(heedOf(alert(), targets, T0 + 16 * MINUTE)).toEqual({ state: 'waiting', words: '0 s over the 15 min', share: 1 })
  })

  it('goes on counting', () => {
    expect(heedOf(alert(), targets, T0 + 46 * MINUTE)).toMatchObject({ words: '30 min over the 15 min', share: 3 })
  })

  it('gives a critical one no time', () => {
    expect(heedOf(alert({ severity: 'critical' }), targets, T0 + 3 * MINUTE)).toMatchObject({ words: '2 min late: due at once', share: 1 })
  })

  it('says how soon somebody answered, whatever came later', () => {
    const answered = alert({ acknowledgedAt: T0 + 5 * MINUTE, state: 'resolved', endsAt: T0 + 60 * MINUTE })
    expect(heedOf(answered, targets, T0 + 600 * MINUTE)).toEqual({ state: 'answered', words: 'acknowledged after 4 min' })
  })

  it('says of one that went away by itself that nobody answered', () => {
    expect(heedOf(alert({ state: 'resolved', endsAt: T0 + 21 * MINUTE }), targets, T0 + 99 * MINUTE)).toEqual({ state: 'over', words: 'went away after 20 min, unanswered' })
  })

  it('waits for nobody while it is pending or was told to nobody', () => {
    expect(heedOf(alert({ state: 'pending', firesAt: null }), targets, T0 + 2 * MINUTE).state).toBe('quiet')
    expect(heedOf(alert({ suppressed: true }), targets, T0 + 99 * MINUTE).state).toBe('quiet')
  })

  it('names the age alone where no target is known', () => {
    expect(heedOf(alert(), undefined, T0 + 3 * MINUTE)).toEqual({ state: 'waiting', words: '2 min old', share: 0 })
  })
})
