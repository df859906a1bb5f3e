/** Whatever happens in whatever order: what channels heard is true in the end, and nobody hears the same twice. */
import { describe, expect, it } from 'vitest'
import type { Alert } from './alert.ts'
import { HOUR, MINUTE, SECOND, T0, anAlert } from './alert.fixture.ts'
import { byGravity, raised } from './severity.ts'
import { Tick, anything, slack } from './tick.fixture.ts'

/** Small and repeatable (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const INTERVAL = 5 * MINUTE
const WAIT = 30 * SECOND

interface Heard {
  at: number
  /** It tells of something critical, or overdue. */
  urgent: boolean
  kind: string
  states: Map<string, string>
}

function play(seed: number): { tick: Tick; heard: Map<number, Heard[]> } {
  const random = randomOf(seed)
  const tick = new Tick([slack(), slack({ id: 2, severities: ['high', 'critical'] }), slack({ id: 3, escalationsOnly: true })])
  const heard = new Map<number, Heard[]>()
  let made = 0
  const listen = (): void => {
    // Some looks are lost with their transaction, and some are computed twice.
    const computed = tick.compute()
    if (random() < 0.1) return
    const twice = random() < 0.2
    for (const { channelId, message } of [...tick.store(computed), ...(twice ? tick.store(computed) : [])]) {
      const states = new Map(message.alerts.map(({ id, state, severity }) => [id, `${state}:${severity}`]))
      const isUrgent = ({ id, state, severity, escalations }: Alert): boolean => states.has(id) && state === 'firing' && (severity === 'critical' || escalations > 0)
      heard.set(channelId, [...(heard.get(channelId) ?? []), { at: tick.now, urgent: tick.alerts.some(isUrgent), kind: message.kind, states }])
    }
  }
  const any = (alerts: Alert[]): Alert | undefined => alerts[Math.floor(random() * alerts.length)]
  for (let step = 0; step < 400; step += 1) {
    tick.now += Math.floor(random() * 60) * SECOND
    const firing = tick.alerts.filter(({ state }) => state === 'firing')
    const choice = random()
    if (choice < 0.2 && made < 18) {
      tick.alerts.push(anAlert(made, { severity: random() < 0.5 ? 'low' : 'medium', startsAt: tick.now, firesAt: tick.now, detectedAt: tick.now }))
      made += 1
    } else if (choice < 0.3) {
      const alert = any(firing)
      if (alert !== undefined) tick.resolve(Number(alert.id.slice(-12)))
    } else if (choice < 0.36) {
      const alert = any(firing)
      if (alert !== undefined) tick.change(alert.id, { severity: raised(alert.severity) })
    } else if (choice < 0.42) {
      const alert = any(firing)
      if (alert !== undefined) tick.change(alert.id, { acknowledgedAt: tick.now })
    } else if (choice < 0.45) {
      tick.silences = tick.silences.length > 0 ? [] : [{ ...anything, endsAt: tick.now + HOUR, matchers: [{ name: 'severity', value: random() < 0.5 ? 'low' : '*' }] }]
    }
    listen()
  }
  tick.silences = []
  for (let n = 0; n < 60; n += 1) {
    tick.now += MINUTE
    for (const { id, acknowledgedAt } of tick.alerts) if (acknowledgedAt === null) tick.change(id, { acknowledgedAt: tick.now })
    listen()
  }
  return { tick, heard }
}

const histories = Array.from({ length: 40 }, (_, n) => ({ seed: n + 1, ...play(n + 1) }))

describe.each(histories)('history $seed', ({ tick, heard }) => {
  const alerts = new Map(tick.alerts.map((alert) => [alert.id, alert]))

  it('ends with every channel knowing how things are', () => {
    const wrong: string[] = []
    for (const [channelId, messages] of heard) {
      const last = new Map<string, string>()
      for (const { states } of messages) for (const [id, state] of states) last.set(id, state)
      for (const [id, state] of last) {
        const alert = alerts.get(id)
        const actual = `${alert?.state}:${alert?.severity}`
        // Who hears of escalations only hears of severities with them.
        const same = channelId === 3 ? state.split(':')[0] === actual.split(':')[0] : state === actual
        if (!same) wrong.push(`channel ${channelId} was told ${state} of ${id}, which is ${actual}`)
      }
      if (channelId === 3) continue
      for (const { id, state, severity } of alerts.values()) {
        const asked = channelId === 1 || byGravity(severity, 'high') <= 0
        if (state === 'firing' && asked && !last.has(id)) wrong.push(`channel ${channelId} was never told of ${id}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('tells of an end once, and only to who was told of the beginning', () => {
    const ends: string[] = []
    for (const [channelId, messages] of heard) {
      const open = new Set<string>()
      for (const { states } of messages) {
        for (const [id, state] of states) {
          if (state.startsWith('firing')) open.add(id)
          else if (!open.delete(id)) ends.push(`channel ${channelId} was told of the end of ${id} that it did not know`)
        }
      }
    }
    expect(ends).toEqual([])
  })

  it('says nothing twice in a row but to repeat it, and no two things closer than it may', () => {
    const faults: string[] = []
    for (const [channelId, messages] of heard) {
      for (const [index, message] of messages.entries()) {
        const before = messages[index - 1]
        if (before === undefined) continue
        const apart = message.at - before.at
        if (apart < INTERVAL && !message.urgent) faults.push(`channel ${channelId} at ${message.at - T0}: ${apart} ms after the last`)
        if (apart < WAIT && before.urgent) faults.push(`channel ${channelId} at ${message.at - T0}: urgent, and ${apart} ms after the last urgent one`)
        const same = JSON.stringify([...message.states].toSorted()) === JSON.stringify([...before.states].toSorted())
        if (same && message.kind === 'alerts' && apart < 4 * HOUR) faults.push(`channel ${channelId} heard the same twice at ${message.at - T0}`)
      }
    }
    expect(faults).toEqual([])
  })
})

it('the histories are eventful', () => {
  expect(histories.flatMap(({ heard }) => [...heard.values()].flat()).length).toBeGreaterThan(500)
})
