/** The outbox and its sender, with real receivers. Time is the test’s: what waits an hour waits for nobody. */
import { randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { countNotifications, enqueueNotification, forgetNotifications } from '../../db/queries/notifications.ts'
import { inTransaction } from '../../db/queryable.ts'
import { openSettings, sealSettings } from '../../server/watch/notifiers/sealed-settings.ts'
import { storeAlert as storeWatched } from '../helpers/alerts.ts'
import { aMessage, addChannel, anAlert, enqueue, storeAlert } from '../helpers/messages.ts'
import { useOutbox } from '../helpers/outbox.ts'
import { type HttpReceiver, receiveHttp } from '../helpers/receivers.ts'

const MINUTE = 60_000

const outbox = useOutbox({ publicUrl: 'https://votes.example.com' })
describe('a signed webhook', () => {
  test('arrives once, with a signature that a library of the standard accepts', async () => {
    const receiver = outbox.opened(await receiveHttp())
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    const channel = await addChannel(outbox.server, 'webhook', { url: `${receiver.url}/hook?of=ours`, secret })
    const message = aMessage({ title: 'Grüße, “quoted”\u0000' })
    await enqueue(outbox.server, channel, message)
    await outbox.server.app.notifications.tick()
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(1)
    const [{ method, url, headers, body }] = receiver.received as [HttpReceiver['received'][number]]
    expect([method, url, headers['content-type']]).toEqual(['POST', '/hook?of=ours', 'application/json'])
    // The library holds the timestamp against its own clock, and the test’s began at this minute.
    const verified = new Webhook(secret).verify(body, headers as Record<string, string>) as { type: string; data: { title: string; alerts: object[] } }
    expect(verified).toMatchObject({ type: 'alerts.firing', data: { title: 'Grüße, “quoted”', alerts: [{ rule: 'failed-authentications' }] } })
    expect(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>)).toThrow('No matching signature')
    expect(await outbox.stateOf(channel)).toMatchObject({ state: 'sent', attempts: 1, lastError: null, nextAttemptAt: null })
  })

  test('is told once for one dedup key, however often it is asked for', async () => {
    const receiver = outbox.opened(await receiveHttp())
    const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url })
    expect(await enqueue(outbox.server, channel, aMessage(), 'a:firing')).toBe(true)
    expect(await enqueue(outbox.server, channel, aMessage(), 'a:firing')).toBe(false)
    await outbox.server.app.notifications.tick()
    expect(await enqueue(outbox.server, channel, aMessage(), 'a:firing')).toBe(false)
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(1)
  })

  test('is not told when the transaction that asked for it failed', async () => {
    const receiver = outbox.opened(await receiveHttp())
    const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url })
    await expect(inTransaction(outbox.server.app.db, async (client) => {
      await enqueueNotification(client, { projectId: 1, channel: { projectId: 0, id: Number(channel) }, dedupKey: 'x', message: aMessage() }, outbox.server.clock.now)
      throw new Error('the tick failed')
    })).rejects.toThrow('the tick failed')
    await outbox.server.app.notifications.tick()
    expect(receiver.received).toHaveLength(0)
  })
})

describe('a private address', () => {
  test.each(['http://127.0.0.1:9/x', 'https://127.0.0.1:9/x', 'https://[::1]:9/x', 'https://localhost:9/x'])('%s is refused at sending too, where the channel does not allow it', async (url) => {
    const channel = await addChannel(outbox.server, 'webhook', { url })
    // As if the name had led to a public address when the channel was made.
    const { rows: [row] } = await outbox.server.app.db.query<{ sealed: Buffer }>('select sealed_settings as sealed from channels where channel_id = $1', [channel])
    const at = { projectId: 0, id: Number(channel) }
    const secrets = openSettings(outbox.server.app.keys.vault, row?.sealed ?? Buffer.alloc(0), at)
    await outbox.server.app.db.query('update channels set sealed_settings = $2 where channel_id = $1', [channel, sealSettings(outbox.server.app.keys.vault, { ...secrets, allowPrivate: false }, at)])
    await enqueue(outbox.server, channel)
    await outbox.server.app.notifications.tick()
    expect(await outbox.stateOf(channel)).toMatchObject({ state: 'dead', attempts: 1, lastError: expect.stringMatching(/Only https is allowed|loopback address; the channel would need allowPrivate/) })
  })
})

describe('the services’ own formats arrive', () => {
  test('at Slack, Teams, PagerDuty and a gateway for SMS', async () => {
    const receiver = outbox.opened(await receiveHttp((_request, reply) => void reply.writeHead(202).end('{"status":"success"}')))
    const ids = [
      await addChannel(outbox.server, 'slack', { url: `${receiver.url}/slack` }),
      await addChannel(outbox.server, 'teams', { url: `${receiver.url}/teams` }),
      await addChannel(outbox.server, 'pagerduty', { url: `${receiver.url}/pagerduty`, routingKey: 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00' }),
      await addChannel(outbox.server, 'sms', {
        url: `${receiver.url}/sms?to={{to}}`, to: '+49 171 1', headers: { Authorization: 'Bearer gate' }, contentType: 'application/json',
        bodyTemplate: '{"to": "{{to}}", "body": "{{text}}", "ref": "{{id}}"}',
      }),
    ]
    for (const id of ids) await enqueue(outbox.server, id)
    await outbox.server.app.notifications.tick()
    const at = (path: string): HttpReceiver['received'][number] => receiver.received.find(({ url }) => url.startsWith(path)) as HttpReceiver['received'][number]
    expect(JSON.parse(at('/slack').body)).toMatchObject({ blocks: [{ type: 'header' }, { type: 'section', text: { type: 'mrkdwn', verbatim: true } }, { type: 'context' }] })
    expect(JSON.parse(at('/teams').body)).toMatchObject({ type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard', version: '1.4' } }] })
    expect(JSON.parse(at('/pagerduty').body)).toMatchObject({ routing_key: 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00', event_action: 'trigger', payload: { severity: 'error', source: 'Shop' } })
    expect(at('/sms').url).toBe('/sms?to=%2B49%20171%201')
    expect(at('/sms').headers['authorization']).toBe('Bearer gate')
    expect(JSON.parse(at('/sms').body)).toEqual({ to: '+49 171 1', body: expect.stringMatching(/^Truetally HIGH firing: .{10,140}$/), ref: expect.stringMatching(/^ntf_\d+$/) })
    for (const id of ids) expect((await outbox.stateOf(id)).state).toBe('sent')
  })
})

test('an alert’s timeline says where it was told', async () => {
  const receiver = outbox.opened(await receiveHttp((_request, reply, nth) => void reply.writeHead(nth === 1 ? 500 : 200).end()))
  const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url }, { name: 'duty' })
  const alerts = [anAlert(), anAlert({ id: randomUUID() })]
  for (const alert of alerts) await storeAlert(outbox.server.app, outbox.server.project.id, alert, outbox.server.clock.now)
  // One that is gone by then does not keep the others’ timeline from being written.
  await enqueue(outbox.server, channel, aMessage({ alerts: [...alerts, anAlert()] }))
  await outbox.server.app.notifications.tick()
  outbox.pass(MINUTE)
  await outbox.server.app.notifications.tick()
  for (const { id } of alerts) {
    const { rows } = await outbox.server.app.db.query<{ kind: string; actor: string; detail: object }>('select kind, actor, detail from alert_timeline where alert_id = $1 order by entry_id', [id])
    expect(rows).toEqual([
      { kind: 'undelivered', actor: 'channel:duty', detail: expect.objectContaining({ attempts: 1, final: false, error: expect.stringContaining('500') }) },
      { kind: 'delivered', actor: 'channel:duty', detail: expect.objectContaining({ attempts: 2, channelId: channel }) },
    ])
  }
})

test('what the watch finds is told with a link to it, and a test with one to the dashboard, whatever the Host of a request says', async () => {
  const receiver = outbox.opened(await receiveHttp())
  const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url })
  await outbox.server.app.db.query('delete from alerts')
  const alert = await storeWatched(outbox.server, { severity: 'critical' })
  await outbox.server.app.alerts.tick()
  await outbox.server.app.notifications.tick()
  const { statusCode } = await outbox.server.app.inject({
    method: 'POST', url: `/api/operator/v1/channels/${channel}/test`,
    headers: { authorization: outbox.server.operators.admin, host: 'evil.example', 'x-forwarded-host': 'evil.example' },
  })
  expect(statusCode).toBe(200)
  const url = `https://votes.example.com/dashboard/alerts/${alert.id}`
  expect(receiver.received.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
    { type: 'alerts.firing', data: { url, alerts: [{ id: alert.id, url }] } },
    { type: 'test', data: { url: 'https://votes.example.com/dashboard/', alerts: [] } },
  ])
})

test('the outbox can be counted, and is cleared of what is over', async () => {
  const receiver = outbox.opened(await receiveHttp((_request, reply, nth) => void reply.writeHead([200, 404, 500][nth - 1] ?? 200).end()))
  const channel = await addChannel(outbox.server, 'webhook', { url: receiver.url })
  for (let n = 0; n < 3; n += 1) {
    await enqueue(outbox.server, channel, aMessage({ groupKey: `group ${n}` }))
    await outbox.server.app.notifications.tick()
  }
  expect(await countNotifications(outbox.server.app.db)).toEqual({ pending: 1, failing: 1, dead: 1, oldestAt: outbox.server.clock.now })
  await forgetNotifications(outbox.server.app.db, outbox.server.clock.now + 1)
  expect((await outbox.listed(channel)).map(({ state }) => state)).toEqual(['pending'])
})
