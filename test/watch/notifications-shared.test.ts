/** Several nodes at one outbox: what they tell once, in order, and what becomes of it when one of them ends. */
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { claimNotifications } from '../../db/queries/notifications.ts'
import { cableTo, startApp } from '../helpers/app.ts'
import { freePort } from '../helpers/free-port.ts'
import { aMessage, addChannel, enqueue } from '../helpers/messages.ts'
import { useOutbox } from '../helpers/outbox.ts'
import { receiveHttp, receiveMail } from '../helpers/receivers.ts'
import { tellTook } from '../helpers/took.ts'

const MINUTE = 60_000

const outbox = useOutbox()
describe('several senders', () => {
  test('share the outbox: each notification arrives once', async () => {
    const receiver = outbox.opened(await receiveHttp((_request, reply) => void setTimeout(() => reply.writeHead(200).end(), 5)))
    const channels = await Promise.all([1, 2, 3].map(() => addChannel(outbox.server, 'webhook', { url: receiver.url })))
    const second = await startApp({ databaseUrl: outbox.server.databaseUrl, clock: () => outbox.server.clock.now })
    try {
      for (let n = 0; n < 30; n += 1) for (const channel of channels) await enqueue(outbox.server, channel, aMessage({ groupKey: `group ${n}` }))
      await Promise.all([outbox.server.app.notifications.tick(), second.app.notifications.tick()])
      await Promise.all([outbox.server.app.notifications.tick(), second.app.notifications.tick()])
      const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
      expect(new Set(ids).size).toBe(90)
      expect(ids).toHaveLength(90)
    } finally {
      await second.close()
    }
  })

  test('one that died with a notification in hand is followed by another, under the same id', async () => {
    const receiver = outbox.opened(await receiveHttp())
    const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url })
    await enqueue(outbox.server, channel)
    const claimed = await claimNotifications(outbox.server.app.db, outbox.server.clock.now, { limit: 8, perChannel: 2, busy: new Map(), lockMs: 60_000 })
    expect(claimed).toHaveLength(1)
    outbox.pass(59_999)
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(0)
    outbox.pass(1)
    await outbox.server.app.notifications.tick()
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([`ntf_${claimed[0]?.id}`])
    expect(await outbox.stateOf(channel)).toMatchObject({ state: 'sent', attempts: 2 })
  })

  test('what is told of a group stays in order: a resolution waits for its alert', async () => {
    // Two groups are told at once, and nobody says which of them arrives first.
    let isRefused = false
    const receiver = outbox.opened(await receiveHttp(({ body }, reply) => {
      const refuses = !isRefused && !body.includes('Elsewhere')
      isRefused ||= refuses
      reply.writeHead(refuses ? 503 : 200).end()
    }))
    const channel = await addChannel(outbox.server, 'pagerduty', { url: receiver.url, routingKey: 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00' })
    await enqueue(outbox.server, channel, aMessage())
    await enqueue(outbox.server, channel, aMessage({ status: 'resolved' }))
    await enqueue(outbox.server, channel, aMessage({ groupKey: 'another', title: 'Elsewhere' }))
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(2)
    outbox.pass(MINUTE)
    await outbox.server.app.notifications.tick()
    const told = receiver.received.map(({ body }) => JSON.parse(body) as { event_action: string; dedup_key: string })
    expect(told.map(({ event_action }) => event_action)).toEqual(['trigger', 'trigger', 'trigger', 'resolve'])
    const first = told.slice(0, 2).map(({ dedup_key }) => dedup_key)
    expect(new Set(first).size).toBe(2)
    expect(first).toContain(told[3]?.dedup_key)
    expect(told[3]?.dedup_key).toBe(told[2]?.dedup_key)
  })

  test('one that closes lets what is under way end, and takes nothing more', async () => {
    // Two at a time: to take all of them it would be at it for seven seconds.
    const count = 48
    let delayMs = 300
    const slow = outbox.opened(await receiveHttp((_request, reply) => void setTimeout(() => reply.writeHead(200).end(), delayMs)))
    const channel = await addChannel(outbox.server, 'webhook', { url: slow.url })
    for (let n = 0; n < count; n += 1) await enqueue(outbox.server, channel, aMessage({ groupKey: `group ${n}` }))
    const closing = await startApp({ databaseUrl: outbox.server.databaseUrl, clock: () => outbox.server.clock.now, notifyEveryMs: 20 })
    await expect.poll(() => slow.received.length).toBeGreaterThan(0)
    await closing.close()
    const arrived = slow.received.length
    expect(arrived).toBeLessThan(count)
    const states = await outbox.listed(channel)
    expect(states).toHaveLength(count)
    expect(states.filter(({ state }) => state === 'sent')).toHaveLength(arrived)
    delayMs = 0
    await outbox.server.app.notifications.tick()
    expect(new Set(slow.received.map(({ headers }) => headers['webhook-id'])).size).toBe(count)
    expect(slow.received).toHaveLength(count)
  })

  test('one that closes does not wait for a mail server that never greets, and leaves the mail to the next', async () => {
    const port = await freePort()
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => void silent.listen(port, '127.0.0.1', resolve))
    const channel = await addChannel(outbox.server, 'email', { to: ['duty@example.com'], from: 'truetally@votes.example', smtp: { host: '127.0.0.1', port, startTls: 'never' } })
    await enqueue(outbox.server, channel)
    const closing = await startApp({ databaseUrl: outbox.server.databaseUrl, clock: () => outbox.server.clock.now, notifyEveryMs: 20 })
    await expect.poll(() => closing.app.notifications.saturation.underWay).toBe(1)
    const began = performance.now()
    await closing.close()
    tellTook('a close beside a mail server that never greets', began)
    silent.close()
    const mail = outbox.opened(await receiveMail({ port }))
    await outbox.server.app.notifications.tick()
    expect(await outbox.stateOf(channel)).toMatchObject({ state: 'sent', attempts: 1, lastError: null })
    expect(mail.mails).toHaveLength(1)
  })

  test('a message that arrived just when the database went away is not told again', async () => {
    const cable = await cableTo(outbox.server.databaseUrl)
    const node = await startApp({ databaseUrl: cable.url, clock: () => outbox.server.clock.now })
    try {
      const receiver = outbox.opened(await receiveHttp((_request, reply) => {
        cable.unplug()
        setTimeout(() => cable.plugIn(), 500)
        reply.end()
      }))
      const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url })
      await enqueue(outbox.server, channel)
      // It waits for what it has begun; a look for more may fail meanwhile, as the database is away.
      await node.app.notifications.tick().catch(() => undefined)
      await expect.poll(async () => (await outbox.stateOf(channel)).state, { timeout: 30_000 }).toBe('sent')
      outbox.pass(10 * MINUTE)
      await outbox.server.app.notifications.tick()
      expect(receiver.received).toHaveLength(1)
    } finally {
      await node.close()
      await cable.close()
    }
  })

  test('a running server sends by itself, and at once when poked', async () => {
    const receiver = outbox.opened(await receiveHttp())
    const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url })
    const options = { databaseUrl: outbox.server.databaseUrl, clock: () => outbox.server.clock.now }
    // By itself it would look in an hour.
    const poked = await startApp({ ...options, notifyEveryMs: 3_600_000 })
    try {
      await enqueue(outbox.server, channel)
      poked.app.notifications.poke()
      await expect.poll(() => receiver.received.length).toBe(1)
    } finally {
      await poked.close()
    }
    const running = await startApp({ ...options, notifyEveryMs: 50 })
    try {
      await enqueue(outbox.server, channel, aMessage({ groupKey: 'another' }))
      await expect.poll(() => receiver.received.length).toBe(2)
    } finally {
      await running.close()
    }
  })
})
