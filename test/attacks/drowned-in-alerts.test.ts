/**
 * The hole: whoever can make one alert can make a hundred thousand, until nobody reads them, the mailbox is full, the outbox grows for
 * a channel that is dead, or the watch itself is too busy to see the attack that matters.
 * Here: a rule has so many open alerts and no more, and says how many it had no room for; what belongs together is one message of
 * bounded size; a dead channel costs one row for each interval; and another rule, or another project, still has its alert.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defaultWatchSettings } from '../../server/watch/settings.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { type LedgerLine, insertLines } from '../helpers/ledger-lines.ts'
import { addChannel } from '../helpers/messages.ts'
import { type HttpReceiver, receiveHttp } from '../helpers/receivers.ts'

const MOST = 50
const SECOND = 1000
const MINUTE = 60 * SECOND

let server: TestApp
let receiver: HttpReceiver
let status = 200
beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000, watchSettings: { ...defaultWatchSettings, maxOpenPerRule: MOST } })
  receiver = await receiveHttp((_request, reply) => void reply.writeHead(status).end())
})
afterAll(async () => {
  await server.close()
  await receiver.close()
})
beforeEach(async () => {
  server.clock.now += 24 * 60 * MINUTE
  await server.app.db.query('truncate security_events, alerts, alert_timeline, responses, blocks, notifications, channels, notified_groups cascade')
  receiver.received.splice(0)
  status = 200
  await look()
})

async function look(ms = 500): Promise<void> {
  server.clock.now += ms
  await server.app.alerts.tick()
  await server.app.notifications.tick()
}
/** Each address scans six times, which is once more than nothing. */
const scans = (addresses: number, text = ''): LedgerLine[] => Array.from({ length: addresses * 6 }, (_, n) => ({
  at: n % 6, project: 0, eventType: 'suspicious_activity', origin: text, ipAddress: `2001:db8:${(Math.floor(n / 6) + 1).toString(16)}::1`, detail: { kind: 'scan', signature: 'wordpress', path: text },
}))
const write = (lines: LedgerLine[]): Promise<void> => insertLines(server.app.db, server.clock.now, lines)
const count = async (what: string): Promise<number> => (await server.app.db.query<{ n: number }>(`select count(*)::int as n from ${what}`)).rows[0]?.n ?? 0

test('A thousand sources are fifty alerts, blocked all, and what there was no room for is counted', async () => {
  const folded = server.app.alerts.saturation.folded
  await write(scans(1000))
  await look()
  expect(await count(`alerts where rule = 'scan-signature'`)).toBe(MOST)
  expect(server.app.alerts.saturation.folded - folded).toBeGreaterThanOrEqual(1000 - MOST)
  expect(await count(`blocks where covers = 'widget'`)).toBe(MOST)
  expect(await count('alert_timeline')).toBeLessThan(MOST * 5)
})

test('While one rule is full, another rule and another project have theirs', async () => {
  await write(scans(200))
  await look()
  await write(Array.from({ length: 7 }, (_, n) => ({
    at: n, project: server.project.id, eventType: 'jwt_validation_failed', severity: 'high', ipAddress: '198.51.100.9', detail: { reason: 'signature', user: 'u' },
  })))
  await look()
  expect(await count(`alerts where rule = 'failed-auth-address' and group_by ->> 'ipAddress' = '198.51.100.9'`)).toBe(1)
  expect(server.app.blocks.find(server.project.id, { ip: '198.51.100.9' }, server.clock.now)).toBeDefined()
})

test('They are told in one message, of a size that every service takes, however long their text is', async () => {
  const settings = { webhook: { url: `${receiver.url}/webhook` }, slack: { url: `${receiver.url}/slack` }, teams: { url: `${receiver.url}/teams` } }
  for (const [kind, place] of Object.entries(settings)) await addChannel(server, kind, place, { rules: ['scan-signature'] })
  await write(scans(200, '<&>'.repeat(100)))
  await look()
  await look(10 * SECOND)
  for (let turn = 0; turn < 5; turn += 1) await look(10 * SECOND)
  expect(receiver.received.map(({ url }) => url).toSorted()).toEqual(['/slack', '/teams', '/webhook'])
  const sizes = Object.fromEntries(receiver.received.map(({ url, body }) => [url.slice(1), Buffer.byteLength(body)]))
  expect(sizes['teams']).toBeLessThan(28_000)
  expect(sizes['webhook']).toBeLessThan(128_000)
  const { blocks } = JSON.parse(receiver.received.find(({ url }) => url === '/slack')?.body ?? '{}') as { blocks: { text?: { text: string } }[] }
  expect(blocks.length).toBeLessThanOrEqual(50)
  expect(Math.max(...blocks.map(({ text }) => text?.text.length ?? 0))).toBeLessThanOrEqual(3000)
})

test('An hour of it, on a channel that takes nothing, is a message for each interval and not one for each alert', async () => {
  status = 500
  await addChannel(server, 'webhook', { url: receiver.url }, { rules: ['scan-signature'] })
  for (let minute = 0; minute < 60; minute += 5) {
    await write(scans(60).map((line, n) => ({ ...line, ipAddress: `2001:db8:${(minute * 100 + Math.floor(n / 6) + 1).toString(16)}::1` })))
    await look(SECOND)
    await look(5 * MINUTE - SECOND)
  }
  expect(await count(`alerts where rule = 'scan-signature'`)).toBeGreaterThan(MOST)
  const waiting = await count('notifications where sent_at is null')
  expect(waiting).toBeGreaterThan(0)
  expect(waiting).toBeLessThanOrEqual(13)
  expect(await count('notified_groups')).toBeLessThanOrEqual(4)
})
