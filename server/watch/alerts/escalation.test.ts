import { describe, expect, it } from 'vitest'
import { defaultWatchSettings as settings } from '../settings.ts'
import { HOUR, MINUTE, SECOND, T0, aRule, anAlert } from './alert.fixture.ts'
import { escalationsDue, severityOf } from './escalation.ts'

const DAY = 24 * HOUR
/** Of an alert that the ledger showed for so long. */
const lasting = (forMs: number, changes: Parameters<typeof anAlert>[1] = {}) => anAlert(1, { lastAt: T0 + forMs, ...changes })
const of = (rule: ReturnType<typeof aRule>, alert: ReturnType<typeof anAlert>, now = alert.lastAt) => severityOf(rule, alert, now, settings)

describe('the severity of an alert', () => {
  it('is its rule’s level', () => {
    expect(of(aRule('r', { level: 'low' }), lasting(0, { severity: 'low' }))).toBe('low')
  })

  it.each<[string, number, string]>([
    ['below the step', 50, 'medium'], ['at a step that says gt', 100, 'medium'], ['above it', 101, 'high'], ['at a step that says gte', 500, 'critical'],
  ])('follows what was measured: %s', (_title, value, expected) => {
    const rule = aRule('r', { level: 'medium', escalate: [{ level: 'high', condition: { gt: 100 } }, { level: 'critical', condition: { gte: 500 } }] })
    expect(of(rule, lasting(0, { value, severity: 'medium' }))).toBe(expected)
  })

  it('follows how long the condition held, not how long ago that was', () => {
    const rule = aRule('r', { level: 'medium', escalate: [{ level: 'high', after: '30m' }] })
    expect(of(rule, lasting(30 * MINUTE - 1, { severity: 'medium' }))).toBe('medium')
    expect(of(rule, lasting(30 * MINUTE, { severity: 'medium' }))).toBe('high')
    expect(of(rule, lasting(0, { severity: 'medium' }), T0 + DAY)).toBe('medium')
  })

  it('takes both where a step names both', () => {
    const rule = aRule('r', { level: 'low', escalate: [{ level: 'high', condition: { gt: 100 }, after: '10m' }] })
    expect(of(rule, lasting(10 * MINUTE, { value: 100, severity: 'low' }))).toBe('low')
    expect(of(rule, lasting(9 * MINUTE, { value: 101, severity: 'low' }))).toBe('low')
    expect(of(rule, lasting(10 * MINUTE, { value: 101, severity: 'low' }))).toBe('high')
  })

  it.each<[number, string]>([
    [24 * HOUR - 1, 'low'], [24 * HOUR, 'medium'], [28 * HOUR, 'medium'], [99 * DAY, 'medium'],
  ])('goes up one step when it has gone on for long enough, and no further: %d ms', (forMs, expected) => {
    expect(of(aRule('r', { level: 'low' }), lasting(forMs, { severity: 'low' }))).toBe(expected)
  })

  it('goes up from a step that was reached by lasting, from when it was reached', () => {
    const rule = aRule('r', { level: 'low', escalate: [{ level: 'high', after: '30m' }] })
    expect(of(rule, lasting(90 * MINUTE - 1, { severity: 'high' }))).toBe('high')
    expect(of(rule, lasting(90 * MINUTE, { severity: 'high' }))).toBe('critical')
  })

  it('goes no further up by itself once somebody has acknowledged it, but follows its rule', () => {
    const acknowledgedAt = T0 + HOUR
    expect(of(aRule('r', { level: 'medium' }), lasting(5 * HOUR, { severity: 'medium', acknowledgedAt }))).toBe('medium')
    const rule = aRule('r', { level: 'medium', escalate: [{ level: 'critical', condition: { gt: 100 } }] })
    expect(of(rule, lasting(5 * HOUR, { severity: 'medium', acknowledgedAt, value: 101 }))).toBe('critical')
  })

  it('never goes down while it is open, even if the rule was made milder', () => {
    expect(of(aRule('r', { level: 'low' }), lasting(0, { severity: 'critical' }))).toBe('critical')
  })

  it('does not count what has yet to come, nor what has not begun to fire', () => {
    const rule = aRule('r', { level: 'low', escalate: [{ level: 'high', after: '10m' }] })
    expect(of(rule, lasting(HOUR, { severity: 'low' }), T0 + MINUTE)).toBe('low')
    expect(of(rule, lasting(DAY, { severity: 'low', firesAt: null }))).toBe('low')
  })

  it('is nothing a building block has', () => {
    const { level: _level, ...block } = aRule('block')
    expect(() => severityOf(block, anAlert(1), T0, settings)).toThrow(RangeError)
  })
})

describe('an escalation', () => {
  it.each(['critical', 'high', 'medium', 'low'] as const)('of an alert that is %s is due when its response time is over', (severity) => {
    const alert = anAlert(1, { severity })
    const responseMs = settings.responseTimesMs[severity]
    expect(escalationsDue(alert, T0 + responseMs, settings)).toBe(1)
    expect(escalationsDue(alert, T0 + responseMs - 1, settings)).toBe(0)
  })

  it('of a critical one is due at once', () => {
    expect(escalationsDue(anAlert(1, { severity: 'critical' }), T0, settings)).toBe(1)
  })

  it('is due again every hour, once each', () => {
    expect([14, 15, 74, 75, 135].map((minutes) => escalationsDue(anAlert(1), T0 + minutes * MINUTE, settings))).toEqual([0, 1, 1, 2, 3])
    expect(escalationsDue(anAlert(1, { escalations: 1 }), T0 + 74 * MINUTE, settings)).toBe(1)
    expect(escalationsDue(anAlert(1, { escalations: 1 }), T0 + 75 * MINUTE, settings)).toBe(2)
    expect(escalationsDue(anAlert(1, { escalations: 2 }), T0 + 75 * MINUTE, settings)).toBe(2)
  })

  it('counts from when people could hear of it: one that was found late has not been waiting', () => {
    const late = anAlert(1, { detectedAt: T0 + DAY })
    expect(escalationsDue(late, T0 + DAY, settings)).toBe(0)
    expect(escalationsDue(late, T0 + DAY + 15 * MINUTE, settings)).toBe(1)
    const pendingFirst = anAlert(1, { firesAt: T0 + HOUR })
    expect(escalationsDue(pendingFirst, T0 + HOUR + 14 * MINUTE, settings)).toBe(0)
  })

  it('is due sooner once the alert is graver', () => {
    expect(escalationsDue(anAlert(1, { severity: 'medium' }), T0 + 20 * MINUTE, settings)).toBe(0)
    expect(escalationsDue(anAlert(1, { severity: 'high' }), T0 + 20 * MINUTE, settings)).toBe(1)
  })

  it.each<[string, Parameters<typeof anAlert>[1]]>([
    ['is acknowledged', { acknowledgedAt: T0 + SECOND }], ['is pending', { state: 'pending', firesAt: null }],
    ['is over', { state: 'resolved', endsAt: T0 + SECOND }], ['is suppressed', { suppressed: true }],
  ])('is never due of one that %s', (_title, changes) => {
    expect(escalationsDue(anAlert(1, { severity: 'critical', ...changes }), T0 + 99 * DAY, settings)).toBe(0)
  })
})
