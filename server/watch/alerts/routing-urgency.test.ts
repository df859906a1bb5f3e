/** What cannot wait, and what is told to nobody: escalations, silences, inhibition. */
import { describe, expect, it } from 'vitest'
import type { Alert } from './alert.ts'
import { HOUR, MINUTE, SECOND, T0, aRule, anAlert, idOf } from './alert.fixture.ts'
import { Tick, anything, slack, told } from './tick.fixture.ts'

describe('urgent alerts', () => {
  it('do not wait: neither for the first message nor for the interval', () => {
    const tick = new Tick()
    tick.alerts = [anAlert(1, { severity: 'critical' })]
    expect(tick.run(T0).map(told)).toEqual(['firing 1:firing:critical'])
    const other = new Tick()
    other.alerts = [anAlert(1, { severity: 'low' })]
    expect(other.run(T0 + MINUTE)).toHaveLength(1)
    other.alerts.push(anAlert(2, { severity: 'critical', detectedAt: T0 + 61 * SECOND }))
    expect(other.run(T0 + 61 * SECOND).map(told)).toEqual(['firing 2:firing:critical 1:firing:low'])
  })

  it('that keep coming in one group are a message each half minute, not one each', () => {
    const tick = new Tick()
    const sent: number[] = []
    for (let second = 0; second < 200; second += 1) {
      tick.alerts.push(anAlert(second, { severity: 'critical', firesAt: T0 + second * SECOND, detectedAt: T0 + second * SECOND }))
      sent.push(...tick.run(T0 + second * SECOND).map(() => second))
    }
    expect(sent).toEqual([0, 30, 60, 90, 120, 150, 180])
  })
})

const withPager = (): Tick => new Tick([slack(), slack({ id: 2, name: 'pager', escalationsOnly: true })])
const heard = (sent: ReturnType<Tick['through']>): unknown[] => sent.map(({ after, notification }) => [after / MINUTE, notification.channelId, notification.message.kind])

describe('escalation', () => {
  it('tells every channel after the response time and each hour after that, until somebody acknowledges it; its end goes to all', () => {
    const tick = withPager()
    tick.alerts = [anAlert(1)]
    expect(heard(tick.through(80 * MINUTE, MINUTE))).toEqual([
      [1, 1, 'alerts'], [15, 1, 'escalation'], [15, 2, 'escalation'], [75, 1, 'escalation'], [75, 2, 'escalation'],
    ])
    expect(tick.alerts[0]?.escalations).toBe(2)
    expect(tick.kinds(1).filter((kind) => kind === 'escalated')).toHaveLength(2)
    tick.change(idOf(1), { acknowledgedAt: tick.now, acknowledgedBy: 'alice' })
    expect(tick.through(6 * HOUR, MINUTE)).toEqual([])
    tick.resolve(1)
    expect(heard(tick.through(7 * HOUR, MINUTE)).map((row) => (row as unknown[]).slice(1))).toEqual([[1, 'alerts'], [2, 'alerts']])
  })

  it('says so in words', () => {
    const tick = withPager()
    tick.alerts = [anAlert(1)]
    tick.run(T0 + MINUTE)
    expect(tick.run(T0 + 15 * MINUTE)[0]?.message).toMatchObject({ kind: 'escalation', status: 'firing', title: 'Not acknowledged: Failed logins: ipAddress 203.0.113.1 in Shop 1' })
  })

  it('of a critical alert is at once for who hears of escalations only, and one message for the others', () => {
    const tick = withPager()
    tick.alerts = [anAlert(1, { severity: 'critical' })]
    expect(heard(tick.through(59 * MINUTE, MINUTE))).toEqual([[0, 1, 'alerts'], [0, 2, 'escalation']])
    expect(tick.kinds(1)).toEqual(['escalated', 'notified new', 'notified escalated'])
  })

  it('is not made up for: after a day without a worker there is one', () => {
    const tick = withPager()
    tick.alerts = [anAlert(1)]
    tick.run(T0 + MINUTE)
    const sent = tick.run(T0 + 24 * HOUR)
    expect(sent.map(({ channelId, message }) => [channelId, message.kind])).toEqual([[1, 'escalation'], [2, 'escalation']])
    expect(tick.run(T0 + 24 * HOUR + SECOND)).toEqual([])
  })

  it('leaves a channel alone that did not ask for alerts so mild, and one never told of it', () => {
    const tick = new Tick([slack({ id: 2, escalationsOnly: true, severities: ['critical'] }), slack({ id: 3, escalationsOnly: true })])
    tick.alerts = [anAlert(1)]
    tick.run(T0 + 10 * MINUTE)
    tick.resolve(1)
    expect(tick.through(HOUR, MINUTE)).toEqual([])
    tick.alerts = [anAlert(2, { detectedAt: tick.now })]
    const start = tick.now
    expect(tick.run(start + 15 * MINUTE).map(({ channelId }) => channelId)).toEqual([3])
  })

  it('is written down although there is no channel', () => {
    const tick = new Tick([])
    tick.alerts = [anAlert(1)]
    tick.through(80 * MINUTE, MINUTE)
    expect([tick.alerts[0]?.escalations, tick.kinds(1)]).toEqual([2, ['escalated', 'escalated']])
  })

  it('of two hundred alerts is a handful of messages', () => {
    const tick = withPager()
    tick.alerts = Array.from({ length: 200 }, (_, n) => anAlert(n, { firesAt: T0 + n * SECOND, detectedAt: T0 + n * SECOND }))
    const sent = tick.through(20 * MINUTE, SECOND).filter(({ notification }) => notification.message.kind === 'escalation')
    expect(sent.length).toBeLessThanOrEqual(2 * 8)
    expect(tick.alerts.every(({ escalations }) => escalations === 1)).toBe(true)
  })
})

describe('what is told to nobody', () => {
  it.each<[string, Partial<Alert>]>([
    ['pending', { state: 'pending', firesAt: null }], ['suppressed', { suppressed: true, severity: 'critical' }], ['over already', { state: 'resolved', endsAt: T0 }],
  ])('an alert that is %s', (_title, changes) => {
    const tick = new Tick()
    tick.alerts = [anAlert(1, changes)]
    expect(tick.through(3 * HOUR, MINUTE)).toEqual([])
    expect(tick.timeline).toEqual([])
  })

  it('one that is silenced, until the silence is over: then at once, and once', () => {
    const tick = new Tick([slack(), slack({ id: 2, escalationsOnly: true })])
    tick.silences = [anything]
    tick.alerts = [anAlert(1)]
    expect(tick.through(HOUR - MINUTE, MINUTE)).toEqual([])
    expect([tick.kinds(1), tick.alerts[0]?.escalations]).toEqual([['silenced'], 0])
    expect(tick.timeline[0]).toMatchObject({ at: T0, actor: 'alice', detail: { silenceId: '9', reason: 'maintenance', until: T0 + HOUR } })
    const sent = tick.run(T0 + HOUR)
    expect(sent.map(({ channelId, message }) => [channelId, message.kind])).toEqual([[1, 'alerts'], [2, 'escalation']])
    expect(tick.kinds(1)).toEqual(['silenced', 'silenced ended', 'escalated', 'notified new', 'notified escalated'])
    expect(tick.run(T0 + HOUR + SECOND)).toEqual([])
  })

  it('one that was told of before it was silenced: no news of it, no repeat, but its end', () => {
    const tick = new Tick()
    tick.alerts = [anAlert(1, { severity: 'low' }), anAlert(2, { severity: 'low' })]
    tick.run(T0 + MINUTE)
    tick.silences = [{ ...anything, matchers: [{ name: 'ipAddress', value: '203.0.113.1' }], endsAt: T0 + 20 * HOUR }]
    tick.change(idOf(1), { severity: 'medium' })
    const sent = tick.through(5 * HOUR, MINUTE)
    expect(sent.map(({ notification }) => told(notification))).toEqual(['firing 2:firing:low'])
    tick.resolve(1)
    expect(tick.through(6 * HOUR, MINUTE).map(({ notification }) => told(notification))).toEqual(['firing 1:resolved:medium 2:firing:low'])
  })

  it('one that was told of, silenced, and goes on when the silence is over: it is no news then', () => {
    const tick = new Tick()
    tick.alerts = [anAlert(1, { severity: 'low' })]
    tick.run(T0 + MINUTE)
    tick.silences = [anything]
    expect(tick.through(3 * HOUR, MINUTE)).toEqual([])
    expect(tick.kinds(1)).toEqual(['notified new', 'silenced', 'silenced ended'])
  })

  it('one that another inhibits, until that one is over', () => {
    const tick = new Tick()
    tick.rules = [aRule('failed-logins'), aRule('campaign', { inhibits: ['failed-logins'] })]
    tick.alerts = [anAlert(1, { severity: 'low' }), anAlert(2, { rule: 'campaign', group: { network: '203.0.113.0/24' }, severity: 'low' })]
    expect(tick.through(HOUR, MINUTE).map(({ notification }) => told(notification))).toEqual(['firing 2:firing:low'])
    expect(tick.timeline.find(({ kind }) => kind === 'inhibited')).toMatchObject({ alertId: idOf(1), actor: 'rule:campaign', detail: { alertId: idOf(2), rule: 'campaign' } })
    tick.resolve(2)
    expect(tick.through(2 * HOUR, MINUTE).map(({ notification }) => told(notification)).toSorted()).toEqual(['firing 1:firing:low', 'resolved 2:resolved:low'])
    expect(tick.kinds(1)).toEqual(['inhibited', 'inhibited ended', 'notified new'])
  })

  it('forgets what it knew of them when they are over', () => {
    const tick = new Tick()
    tick.silences = [anything]
    tick.alerts = [anAlert(1)]
    tick.run(T0)
    expect(tick.rows.size).toBe(1)
    tick.resolve(1)
    tick.run(T0 + SECOND)
    expect(tick.rows.size).toBe(0)
    tick.alerts = [anAlert(2)]
    tick.run(T0 + 2 * SECOND)
    tick.alerts = []
    tick.run(T0 + 3 * SECOND)
    expect(tick.rows.size).toBe(0)
    expect(tick.kinds(1)).toEqual(['silenced'])
  })
})
