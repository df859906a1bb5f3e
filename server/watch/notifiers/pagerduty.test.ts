import { describe, expect, it } from 'vitest'
import { HOME, PAGE, alert, hostile, huge, linked, message, unlinked } from './message.fixture.ts'
import type { Message } from './message.ts'
import { formatPagerDuty } from './pagerduty.ts'

const KEY = 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00'
const read = (body: string): { event_action: string; client_url?: string; links?: { href: string; text: string }[]; dedup_key: string; payload?: { summary: string; severity: string; source: string; group: string } } => JSON.parse(body)
const linksOf = (told: Message): unknown[] => {
  const { client_url: first, links } = read(formatPagerDuty(told, { routingKey: KEY }).body)
  return [first, links]
}

describe('a PagerDuty event', () => {
  it('triggers, with what PagerDuty asks for', () => {
    const { url, body } = formatPagerDuty(message(), { routingKey: KEY })
    expect(url).toBe('https://events.pagerduty.com/v2/enqueue')
    expect(read(body)).toMatchObject({
      routing_key: KEY, event_action: 'trigger', dedup_key: expect.stringMatching(/^truetally-[0-9a-f]{40}$/), client: 'Truetally',
      payload: {
        summary: 'HIGH, firing: Many failed authentications from 203.0.113.7', source: 'Shop', severity: 'error', timestamp: '2026-03-01T09:30:00.000Z',
        class: 'failed-authentications', group: 'ipAddress 203.0.113.7',
      },
    })
  })

  it('leads to its alerts, and a test to the dashboard', () => {
    const second = alert({ id: '1b5e0f3c-6a0e-4d39-8f3c-3d1a1c0f1a11', title: 'Another' })
    expect(linksOf(linked(message({ alerts: [alert(), second] })))).toEqual([PAGE, [
      { href: PAGE, text: 'Many failed authentications' }, { href: `${HOME}alerts/${second.id}`, text: 'Another' },
    ]])
    expect(linksOf(linked(message({ kind: 'test', alerts: [] })))).toEqual([HOME, undefined])
    for (const told of [message(), unlinked(message()), linked(message({ status: 'resolved' }))]) expect(linksOf(told)).toEqual([undefined, undefined])
  })

  it('resolves the incident it triggered, when all of the group are over', () => {
    const resolved = read(formatPagerDuty(linked(message({ status: 'resolved', title: 'over' })), { routingKey: KEY }).body)
    expect(resolved).toEqual({ routing_key: KEY, event_action: 'resolve', dedup_key: read(formatPagerDuty(message(), { routingKey: KEY }).body).dedup_key })
  })

  it.each([['low', 'info'], ['medium', 'warning'], ['high', 'error'], ['critical', 'critical']] as const)('calls %s %s', (severity, theirs) =>
    expect(read(formatPagerDuty(message({ severity }), { routingKey: KEY }).body).payload?.severity).toBe(theirs))

  it('escalates the same incident, and does without alerts for a test', () => {
    expect(read(formatPagerDuty(message({ kind: 'escalation' }), { routingKey: KEY }).body)).toMatchObject({ event_action: 'trigger', dedup_key: read(formatPagerDuty(message(), { routingKey: KEY }).body).dedup_key })
    expect(read(formatPagerDuty(message({ kind: 'test', alerts: [] }), { routingKey: KEY }).body).payload).not.toHaveProperty('class')
  })

  it('stays within the limits, whatever it is about', () => {
    for (const told of [linked(huge()), linked(hostile())]) {
      const { url, body } = formatPagerDuty(told, { routingKey: KEY, url: 'https://events.eu.pagerduty.com/v2/enqueue' })
      expect(url).toContain('.eu.')
      expect(read(body).payload?.summary.length).toBeLessThanOrEqual(1024)
      expect(Buffer.byteLength(body)).toBeLessThan(512 * 1024)
      // oxlint-disable-next-line no-control-regex -- that there are none is what is looked for
      expect(read(body).payload?.summary).not.toMatch(/[\u0000-\u001f\u202e]/)
    }
  })
})
