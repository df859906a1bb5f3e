import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { PAGE, linked, message } from './message.fixture.ts'
import type { Message } from './message.ts'
import { formatWebhook, newWebhookSecret, signWebhook } from './webhook.ts'

const secret = newWebhookSecret()
const at = (now: number) => formatWebhook(message(), { url: 'https://hooks.example/', secret }, { id: 'ntf_7', now })
const dataOf = (told: Message): unknown =>
  (JSON.parse(formatWebhook(told, { url: 'https://hooks.example/', secret }, { id: 'x', now: 0 }).body) as { data: unknown }).data

describe('a webhook', () => {
  it('is accepted by a library of the standard, until a byte of it is another', () => {
    const { headers, body } = at(Date.now())
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'alerts.firing', timestamp: '2026-03-01T09:30:05.000Z', data: { groupKey: '["203.0.113.7"]' } })
    expect(() => new Webhook(secret).verify(body.replace('high', 'low'), headers)).toThrow('No matching signature')
    expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'ntf_8' })).toThrow('No matching signature')
    expect(() => new Webhook(newWebhookSecret()).verify(body, headers)).toThrow('No matching signature')
  })

  it('has the same id and body at each attempt, and a time and signature of its own', () => {
    const [first, second] = [at(1_772_357_405_000), at(1_772_357_465_999)]
    expect([second.body, second.headers['webhook-id']]).toEqual([first.body, first.headers['webhook-id']])
    expect(second.headers['webhook-timestamp']).toBe('1772357465')
    expect(second.headers['webhook-signature']).not.toBe(first.headers['webhook-signature'])
  })

  it('has the links of its message, and no other body than it had where a message of before is sent again', () => {
    expect(dataOf(linked(message()))).toMatchObject({ url: PAGE, alerts: [{ url: PAGE }] })
    expect(dataOf(message())).toEqual(message())
    expect(JSON.stringify(dataOf(message()))).not.toContain('"url"')
  })

  it('signs as the standard’s own example', () => {
    expect(signWebhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}'))
      .toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it.each([
    [{ kind: 'test' }, 'test'], [{ kind: 'escalation' }, 'alerts.escalated'], [{ status: 'resolved' }, 'alerts.resolved'],
  ] as const)('%j is of type %s', (overrides, type) => {
    const { body } = formatWebhook(message(overrides), { url: 'https://hooks.example/', secret }, { id: 'x', now: 0 })
    expect(JSON.parse(body)).toMatchObject({ type })
  })
})
