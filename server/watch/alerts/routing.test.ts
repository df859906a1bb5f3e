import { describe, expect, it } from 'vitest'
import { defaultWatchSettings as settings } from '../settings.ts'
import { HOUR, MINUTE, SECOND, T0, aRule, anAlert, idOf, libraryOf } from './alert.fixture.ts'
import { pagesAt } from './page-of.ts'
import { type Notification, type Routed, route } from './routing.ts'
import { Tick, slack, told } from './tick.fixture.ts'

describe('a group of alerts', () => {
  it('is told of once, after its wait, with all that came meanwhile', () => {
    const tick = new Tick()
    tick.alerts = [anAlert(1)]
    expect(tick.run(T0 + 29 * SECOND)).toEqual([])
    tick.alerts.push(anAlert(2, { firesAt: T0 + 20 * SECOND, detectedAt: T0 + 20 * SECOND, startsAt: T0 + 20 * SECOND }))
    const [notification, ...more] = tick.run(T0 + 30 * SECOND)
    expect(more).toEqual([])
    expect(notification).toMatchObject({ channelId: 1, channelProjectId: 1, projectId: 1, sendAt: T0 + 30 * SECOND, dedupKey: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(notification?.message).toMatchObject({
      kind: 'alerts', status: 'firing', severity: 'high', projectId: 1, projectName: 'Shop 1', groupKey: '1/failed-logins', more: 0, at: tick.now,
      title: 'Failed logins (2 alerts) in Shop 1',
    })
    expect(notification?.message.alerts[1]).toEqual({
      id: idOf(1), rule: 'failed-logins', title: 'Failed logins', severity: 'high', state: 'firing', group: { ipAddress: '203.0.113.1' }, startsAt: T0,
      endsAt: null, value: 11, lines: 11, triage: 'Look at the address first.', responses: [],
      url: `https://votes.example.com/dashboard/alerts/${idOf(1)}`,
    })
    expect(notification?.message.url).toBe(`https://votes.example.com/dashboard/alerts/${idOf(2)}`)
    expect(tick.through(10 * MINUTE)).toEqual([])
    expect(tick.kinds(1)).toEqual(['notified new'])
  })

  it('waits by the node’s clock: one that was found late gathers the others too', () => {
    const tick = new Tick()
    tick.alerts = [anAlert(1, { detectedAt: T0 + HOUR })]
    expect(tick.run(T0 + HOUR)).toEqual([])
    expect(tick.run(T0 + HOUR + 30 * SECOND)).toHaveLength(1)
  })

  it('tells changes an interval apart, and the end once', () => {
    const tick = new Tick()
    tick.alerts = [anAlert(1, { severity: 'medium' })]
    expect(tick.run(T0 + MINUTE).map(told)).toEqual(['firing 1:firing:medium'])
    tick.change(idOf(1), { severity: 'high' })
    tick.alerts.push(anAlert(2, { severity: 'medium', detectedAt: T0 + 2 * MINUTE }))
    expect(tick.run(T0 + 6 * MINUTE - 1)).toEqual([])
    expect(tick.run(T0 + 6 * MINUTE).map(told)).toEqual(['firing 1:firing:high 2:firing:medium'])
    tick.resolve(2)
    expect(tick.run(T0 + 11 * MINUTE).map(told)).toEqual(['firing 2:resolved:medium 1:firing:high'])
    tick.resolve(1)
    const [last] = tick.run(T0 + 16 * MINUTE)
    expect(last && told(last)).toBe('resolved 1:resolved:high')
    expect(last?.message).toMatchObject({ status: 'resolved', severity: 'high', title: 'Resolved: Failed logins: ipAddress 203.0.113.1 in Shop 1' })
    expect(tick.through(3 * HOUR, MINUTE)).toEqual([])
    expect(tick.rows.size).toBe(0)
    expect(tick.kinds(1)).toEqual(['notified new', 'notified changed', 'notified resolved'])
    expect(tick.kinds(2)).toEqual(['notified new', 'notified resolved'])
  })

  it('says nothing of what was over before anybody was told', () => {
    const tick = new Tick()
    tick.alerts = [anAlert(1)]
    tick.run(T0 + 10 * SECOND)
    tick.resolve(1)
    expect(tick.through(HOUR, 10 * SECOND)).toEqual([])
    expect(tick.timeline).toEqual([])
  })

  it('of 500 is one message of twenty, the gravest and then the newest first', () => {
    const tick = new Tick()
    tick.alerts = Array.from({ length: 500 }, (_, n) => anAlert(n, { severity: n === 123 ? 'medium' : 'low', startsAt: T0 + n }))
    const sent = tick.through(HOUR - 1, 30 * SECOND)
    expect(sent).toHaveLength(1)
    const message = sent[0]?.notification.message
    expect([message?.alerts.length, message?.more, message?.title]).toEqual([20, 480, 'Failed logins (500 alerts) in Shop 1'])
    expect(message?.alerts.slice(0, 3).map(({ id }) => id)).toEqual([idOf(123), idOf(499), idOf(498)])
    for (let n = 0; n < 500; n += 1) tick.resolve(n)
    const ends = tick.through(2 * HOUR, 30 * SECOND)
    expect(ends.map(({ notification }) => [notification.message.status, notification.message.more])).toEqual([['resolved', 480]])
    expect(tick.timeline.filter(({ kind }) => kind === 'notified')).toHaveLength(1000)
  })

  it('that comes and goes is told of at most once an interval', () => {
    const tick = new Tick()
    const sent: number[] = []
    // A new alert every minute, each over after twenty seconds.
    for (let second = 0; second < 7200; second += 1) {
      tick.now = T0 + second * SECOND
      if (second % 60 === 0) tick.alerts.push(anAlert(second, { group: { ipAddress: '203.0.113.7' }, startsAt: tick.now, firesAt: tick.now, detectedAt: tick.now }))
      if (second % 60 === 40) tick.resolve(second - 40)
      // The query that feeds this knows the open ones, and those that some channel was told of.
      const known = new Set([...tick.rows.values()].flatMap((row) => Object.keys(row.told)))
      tick.alerts = tick.alerts.filter(({ state, id }) => state !== 'resolved' || known.has(id))
      if (tick.run().length > 0) sent.push(second)
    }
    const apart = sent.slice(1).map((second, n) => second - (sent[n] ?? 0))
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(300)
    expect(sent.length).toBeGreaterThan(20)
    expect(Math.max(...[...tick.rows.values()].map((row) => Object.keys(row.told).length))).toBeLessThan(40)
  })

  it('is told of again while it goes on unacknowledged', () => {
    const tick = new Tick([slack({ severities: ['low'] })])
    tick.alerts = [anAlert(1, { severity: 'low' })]
    expect(tick.through(10 * HOUR, MINUTE).map(({ after, notification }) => [after / MINUTE, told(notification)])).toEqual([
      [1, 'firing 1:firing:low'], [241, 'firing 1:firing:low'], [481, 'firing 1:firing:low'],
    ])
    expect(tick.kinds(1)).toEqual(['notified new', 'notified repeated', 'notified repeated'])
    tick.change(idOf(1), { acknowledgedAt: tick.now, acknowledgedBy: 'alice' })
    expect(tick.through(20 * HOUR, MINUTE)).toEqual([])
    tick.resolve(1)
    expect(tick.through(21 * HOUR, MINUTE).map(({ notification }) => told(notification))).toEqual(['resolved 1:resolved:low'])
  })

  it('that a late line re-opens is told of again, and its end too', () => {
    const tick = new Tick()
    tick.alerts = [anAlert(1, { acknowledgedAt: T0 })]
    const sent = tick.through(MINUTE)
    tick.resolve(1)
    sent.push(...tick.through(10 * MINUTE))
    tick.change(idOf(1), { state: 'firing', endsAt: null })
    sent.push(...tick.through(20 * MINUTE))
    tick.resolve(1)
    sent.push(...tick.through(30 * MINUTE))
    expect(sent.map(({ notification }) => told(notification))).toEqual([
      'firing 1:firing:high', 'resolved 1:resolved:high', 'firing 1:firing:high', 'resolved 1:resolved:high',
    ])
  })
})

function busyTick(): Tick {
  const tick = new Tick([slack(), slack({ id: 2, projectId: 0, name: 'pager', escalationsOnly: true })])
  tick.alerts = [anAlert(1), anAlert(2, { severity: 'critical' }), anAlert(3, { projectId: 2 })]
  return tick
}
const inOrder = ({ notifications }: Routed): Notification[] => notifications.toSorted((a, b) => (a.dedupKey < b.dedupKey ? -1 : 1))

describe('exactly once', () => {
  it('however often it is computed, and in whatever order alerts, channels and rows come', () => {
    const tick = busyTick()
    tick.run(T0 + MINUTE)
    tick.resolve(1)
    tick.now = T0 + 20 * MINUTE
    const first = tick.compute()
    expect(tick.compute()).toEqual(first)
    tick.alerts.reverse()
    tick.channels.reverse()
    expect(inOrder(tick.compute())).toEqual(inOrder(first))
    expect(first.notifications.length).toBeGreaterThan(1)
  })

  it('by two nodes that saw the same', () => {
    const tick = busyTick()
    tick.now = T0 + MINUTE
    const [one, other] = [tick.compute(), tick.compute()]
    expect(tick.store(one).length).toBeGreaterThan(0)
    expect(tick.store(other)).toEqual([])
    expect(tick.run()).toEqual([])
  })

  it('after a crash before the transaction was over, and after one right behind it', () => {
    const tick = busyTick()
    tick.now = T0 + MINUTE
    // What was computed is lost with its transaction; the next tick is later.
    const lost = tick.compute()
    const sent = tick.run(T0 + MINUTE + SECOND)
    expect(sent.map(({ dedupKey }) => dedupKey)).toEqual(lost.notifications.map(({ dedupKey }) => dedupKey))
    expect(tick.run()).toEqual([])
  })

  it('when what a channel was told is forgotten with the channel, and it comes back', () => {
    const tick = new Tick()
    tick.alerts = [anAlert(1)]
    expect(tick.run(T0 + MINUTE)).toHaveLength(1)
    tick.channels = []
    tick.run()
    expect(tick.rows.size).toBe(0)
    tick.channels = [slack()]
    expect(tick.run()).toEqual([])
    expect(tick.rows.size).toBe(1)
  })
})

describe('channels', () => {
  it('hear of what they ask for: severities, rules, their own project', () => {
    const channels = [
      slack({ id: 1, name: 'project 1' }), slack({ id: 2, projectId: 2, name: 'project 2' }), slack({ id: 3, projectId: 0, name: 'everything' }),
      slack({ id: 4, severities: ['critical'], name: 'critical only' }), slack({ id: 5, rules: ['failed-logins'], name: 'one rule' }),
    ]
    const tick = new Tick(channels)
    tick.rules = [aRule('failed-logins'), aRule('scan')]
    tick.alerts = [
      anAlert(1), anAlert(2, { rule: 'scan', severity: 'critical' }), anAlert(3, { projectId: 2, rule: 'scan' }), anAlert(4, { projectId: 0, rule: 'scan' }),
    ]
    const heard = new Map<number, string[]>()
    for (const { channelId, message } of tick.run(T0 + MINUTE)) heard.set(channelId, [...(heard.get(channelId) ?? []), `${message.projectId}/${message.alerts[0]?.rule}`].toSorted())
    expect(Object.fromEntries(heard)).toEqual({
      1: ['1/failed-logins', '1/scan'], 2: ['2/scan'], 3: ['0/scan', '1/failed-logins', '1/scan', '2/scan'], 4: ['1/scan'], 5: ['1/failed-logins'],
    })
  })

  it('each by its own times', () => {
    const tick = new Tick([slack({ groupWaitMs: 0, repeatIntervalMs: HOUR }), slack({ id: 2, groupWaitMs: 2 * MINUTE })])
    tick.alerts = [anAlert(1, { severity: 'low' })]
    expect(tick.through(2 * HOUR, MINUTE).map(({ after, notification }) => [after / MINUTE, notification.channelId])).toEqual([[0, 1], [2, 2], [60, 1], [120, 1]])
  })

  it('hear of a graver alert that they did not ask for when it was milder, and of its end', () => {
    const tick = new Tick([slack({ severities: ['high', 'critical'] })])
    tick.alerts = [anAlert(1, { severity: 'medium' })]
    expect(tick.run(T0 + MINUTE)).toEqual([])
    tick.change(idOf(1), { severity: 'high' })
    expect(tick.run(T0 + 2 * MINUTE).map(told)).toEqual(['firing 1:firing:high'])
    tick.resolve(1)
    expect(tick.run(T0 + 8 * MINUTE).map(told)).toEqual(['resolved 1:resolved:high'])
  })
})

describe('a message', () => {
  it('is one line of title, whatever a rule or a group says', () => {
    const tick = new Tick()
    tick.alerts = [anAlert(1, { title: 'Two\r\nBcc: all', group: { endpoint: 'x'.repeat(400) } })]
    const title = tick.run(T0 + MINUTE)[0]?.message.title ?? ''
    expect([title.startsWith('Two Bcc: all: endpoint xxx'), title.length, /[\r\n]/.test(title)]).toEqual([true, 200, false])
  })

  it('can be about a rule that is gone, says what was done, and does without an address', () => {
    const tick = new Tick()
    tick.rules = []
    tick.alerts = [anAlert(1)]
    tick.now = T0 + MINUTE
    const { notifications } = route({
      alerts: tick.alerts, channels: tick.channels, silences: [], told: [], library: libraryOf(), settings, now: tick.now, projectName: () => 'Shop', pageOf: pagesAt(undefined),
      responsesOf: (id) => [`blocked the source of ${Number(id.slice(-12))}`],
    })
    expect(notifications[0]?.message.alerts[0]).toMatchObject({ triage: '', responses: ['blocked the source of 1'], url: null })
    expect(notifications[0]?.message.url).toBeNull()
  })

  it('takes a moment for ten thousand alerts', () => {
    const tick = new Tick(Array.from({ length: 10 }, (_, n) => slack({ id: n + 1 })))
    tick.rules = Array.from({ length: 50 }, (_, n) => aRule(`rule-${n}`, { inhibits: [`rule-${(n + 1) % 50}`] }))
    tick.alerts = Array.from({ length: 10_000 }, (_, n) => anAlert(n, { rule: `rule-${n % 50}`, group: { ipAddress: `10.0.${n >> 8}.${n & 255}` } }))
    tick.run(T0 + MINUTE)
    const began = process.cpuUsage()
    expect(tick.run(T0 + MINUTE + SECOND)).toEqual([])
    const { user } = process.cpuUsage(began)
    // Of the processor, however busy the machine is: looking at each alert for each alert takes minutes.
    expect(user / 1000).toBeLessThan(5000)
  }, 60_000)
})
