/** Receivers that fail, hang, ask for peace, point elsewhere or stay away. */
import { describe, expect, test } from 'vitest'
import { readEvents } from '../helpers/app.ts'
import { aMessage, addChannel, anAlert, enqueue, storeAlert } from '../helpers/messages.ts'
import { expectJson } from '../helpers/operator.ts'
import { useOutbox } from '../helpers/outbox.ts'
import { receiveHttp } from '../helpers/receivers.ts'
import { tellTook } from '../helpers/took.ts'

const MINUTE = 60_000
const HOUR = 3_600_000

const outbox = useOutbox()
describe('a receiver in trouble', () => {
  test('that answers 500 is asked again after a while, with the same id and a signature of its own', async () => {
    const receiver = outbox.opened(await receiveHttp((_request, reply, nth) => void reply.writeHead(nth === 1 ? 500 : 200).end('out of order')))
    const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
    const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url, secret })
    await enqueue(outbox.server, channel)
    await outbox.server.app.notifications.tick()
    expect(await outbox.stateOf(channel)).toMatchObject({ state: 'pending', attempts: 1, lastError: expect.stringMatching(/^127\.0\.0\.1:\d+ answered 500: out of order$/) })
    outbox.pass(3900)
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(1)
    outbox.pass(2200)
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(2)
    const [first, second] = receiver.received.map(({ headers }) => headers)
    expect(second?.['webhook-id']).toBe(first?.['webhook-id'])
    expect(second?.['webhook-timestamp']).not.toBe(first?.['webhook-timestamp'])
    expect(second?.['webhook-signature']).not.toBe(first?.['webhook-signature'])
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body)
    expect(await outbox.stateOf(channel)).toMatchObject({ state: 'sent', attempts: 2, lastError: null })
  })

  test('that answers 429 is left alone for as long as it asks', async () => {
    const receiver = outbox.opened(await receiveHttp((_request, reply, nth) => void reply.writeHead(nth === 1 ? 429 : 200, { 'retry-after': '120' }).end()))
    const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url })
    await enqueue(outbox.server, channel)
    await outbox.server.app.notifications.tick()
    expect((await outbox.stateOf(channel)).nextAttemptAt).toBe(outbox.server.clock.now + 120_000)
    outbox.pass(119_999)
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(1)
    outbox.pass(1)
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(2)
    expect((await outbox.stateOf(channel)).state).toBe('sent')
  })

  test('that says no is believed, until somebody asks for it again', async () => {
    let status = 404
    const receiver = outbox.opened(await receiveHttp((_request, reply) => void reply.writeHead(status).end('no such hook')))
    const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url })
    await enqueue(outbox.server, channel)
    await outbox.server.app.notifications.tick()
    outbox.pass(24 * HOUR)
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(1)
    const dead = await outbox.stateOf(channel)
    expect(dead).toMatchObject({ state: 'dead', attempts: 1, lastError: expect.stringContaining('answered 404: no such hook') })
    status = 200
    expectJson(await outbox.admin.call('POST', `/operator/v1/notifications/${dead.id}/retry`), 200)
    await outbox.server.app.notifications.tick()
    expect((await outbox.stateOf(channel)).state).toBe('sent')
    expect(receiver.received[1]?.headers['webhook-id']).toBe(receiver.received[0]?.headers['webhook-id'])
  })

  test('that redirects to a private address is not followed, and the failure names where it pointed', async () => {
    const inside = outbox.opened(await receiveHttp())
    const receiver = outbox.opened(await receiveHttp((_request, reply) => void reply.writeHead(307, { location: `${inside.url}/latest/meta-data?token=secret` }).end()))
    const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url })
    await enqueue(outbox.server, channel)
    await outbox.server.app.notifications.tick()
    outbox.pass(24 * HOUR)
    await outbox.server.app.notifications.tick()
    expect([receiver.received.length, inside.received.length]).toEqual([1, 0])
    const { state, lastError } = await outbox.stateOf(channel)
    expect(state).toBe('dead')
    expect(lastError).toContain(`answered 307 and pointed to ${inside.url}/latest/meta-data: redirects are not followed`)
    expect(lastError).not.toContain('secret')
  })

  test('that hangs does not hold up the other channels, and is asked again', async () => {
    const hanging = outbox.opened(await receiveHttp(() => undefined))
    const quick = outbox.opened(await receiveHttp())
    const stuck = await addChannel(outbox.server, 'webhook', { url: hanging.url })
    const swift = await addChannel(outbox.server, 'webhook', { url: quick.url })
    for (let n = 0; n < 6; n += 1) {
      await enqueue(outbox.server, stuck, aMessage({ groupKey: `stuck ${n}` }))
      await enqueue(outbox.server, swift, aMessage({ groupKey: `swift ${n}` }))
    }
    const began = performance.now()
    const ticking = outbox.server.app.notifications.tick()
    await expect.poll(() => quick.received.length).toBe(6)
    // Two of a channel at a time, however many wait.
    await expect.poll(() => [outbox.server.app.notifications.saturation.underWay, hanging.received.length]).toEqual([2, 2])
    await hanging.close()
    await ticking
    tellTook('six messages beside a receiver that hangs', began)
    const states = await outbox.listed(stuck)
    expect(states).toHaveLength(6)
    expect(states.every(({ state, attempts }) => state === 'pending' && attempts === 1)).toBe(true)
  })

  test('that never answers is given ten seconds', async () => {
    const hanging = outbox.opened(await receiveHttp((_request, reply) => void (_request.body === '' ? reply.end() : undefined)))
    const channel = await addChannel(outbox.server, 'webhook', { url: hanging.url })
    await enqueue(outbox.server, channel)
    const began = performance.now()
    await outbox.server.app.notifications.tick()
    expect(performance.now() - began).toBeGreaterThan(9500)
    expect(await outbox.stateOf(channel)).toMatchObject({ state: 'pending', lastError: expect.stringContaining('did not answer within 10 seconds') })
  })

  test('that is away for longer than a day is given up, and the ledger says so', async () => {
    // Where nobody listens, nor is given the port by the system while this goes on.
    const channel = await addChannel(outbox.server, 'webhook', { url: 'http://127.0.0.1:9' })
    const alert = anAlert()
    await storeAlert(outbox.server.app, outbox.server.project.id, alert, outbox.server.clock.now)
    await enqueue(outbox.server, channel, aMessage({ alerts: [alert] }))
    const began = outbox.server.clock.now
    let hours = 0
    for (let attempt = 0; attempt < 200 && (await outbox.stateOf(channel)).state === 'pending'; attempt += 1) {
      await outbox.server.app.notifications.tick()
      outbox.pass(18 * MINUTE)
      hours = (outbox.server.clock.now - began) / HOUR
    }
    expect(await outbox.stateOf(channel)).toMatchObject({ state: 'dead', lastError: expect.stringContaining('ECONNREFUSED') })
    expect(hours).toBeGreaterThan(23)
    expect(hours).toBeLessThan(27)
    const events = (await readEvents(outbox.server, { eventType: 'suspicious_activity' })).filter(({ detail }) => detail['kind'] === 'channel' && detail['channel'] === channel)
    // Once an hour at most; the clock runs faster than the ledger is written, so several are in one row.
    const told = events.reduce((sum, { count }) => sum + count, 0)
    expect(told).toBeGreaterThan(15)
    expect(told).toBeLessThanOrEqual(Math.ceil(hours))
    expect(events.every(({ severity }) => severity === 'medium')).toBe(true)
    const { rows } = await outbox.server.app.db.query<{ kind: string; final: boolean }>(
      `select kind, (detail->>'final')::boolean as final from alert_timeline where alert_id = $1 order by entry_id`, [alert.id])
    expect(rows).toEqual([{ kind: 'undelivered', final: false }, { kind: 'undelivered', final: true }])
  })
})
