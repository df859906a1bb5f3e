/**
 * The hole: an alert names what the attacker wrote (an origin, a key, a path), and whoever is told has it in their chat, their mail
 * and on their telephone: mentions that wake everybody, links under another name, headers of their own. And one character that
 * the outbox cannot hold would fail every look from then on.
 * Here: it arrives as text, in one line, at every kind of channel; and whatever it is, the watch goes on.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadRules } from '../../server/watch/language/load.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { insertLines } from '../helpers/ledger-lines.ts'
import { addChannel } from '../helpers/messages.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { type HttpReceiver, type MailReceiver, receiveHttp, receiveMail } from '../helpers/receivers.ts'

const RULES = `
title: A mismatch
name: mismatch
logsource: {product: truetally, service: security_events}
detection:
  selection: {eventType: origin_mismatch}
  condition: selection
---
title: Somebody else’s page
name: foreign-page
level: critical
tags: [owasp.api8]
triage: Look.
correlation: {type: event_count, rules: [mismatch], group-by: [origin], timespan: 5m, condition: {gte: 1}}
`
/** What a header can hold, and what can get into the ledger by other ways. */
const HOSTILE = 'https://x.example/<!channel> <https://evil.example|Sign in> `*b*` [in](https://evil.example) **b** <at>all</at>\r\nBcc: all@example.com\r\n\r\n{{to}} "},{"x":"\u202Egnp.exe'

let server: TestApp
let http: HttpReceiver
let mail: MailReceiver
beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000, rules: loadRules([{ file: 'test.yaml', text: RULES }]) })
  http = await receiveHttp()
  mail = await receiveMail()
  await look()
})
afterAll(async () => {
  await server.close()
  await Promise.all([http.close(), mail.close()])
})

async function look(): Promise<void> {
  server.clock.now += 500
  await server.app.ledger.flush()
  await server.app.alerts.tick()
  await server.app.notifications.tick()
}
const comesFrom = (origin: string): Promise<void> =>
  insertLines(server.app.db, server.clock.now, [{ at: 0, project: server.project.id, eventType: 'origin_mismatch', ipAddress: '192.0.2.1', origin }])

test('What an attacker wrote arrives as text at Slack, Teams, PagerDuty, a webhook, a gateway for SMS and by mail', async () => {
  const kinds = {
    slack: { url: `${http.url}/slack` }, teams: { url: `${http.url}/teams` }, webhook: { url: `${http.url}/webhook` },
    pagerduty: { url: `${http.url}/pagerduty`, routingKey: 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00' },
    sms: { url: `${http.url}/sms?text={{text}}`, to: '+49171', contentType: 'application/json', bodyTemplate: '{"to":"{{to}}","text":"{{text}}","title":"{{title}}"}' },
    email: { to: ['duty@example.com'], from: 'truetally@votes.example', smtp: { host: '127.0.0.1', port: mail.port, startTls: 'never' } },
  }
  for (const [kind, settings] of Object.entries(kinds)) await addChannel(server, kind, settings)
  await comesFrom(HOSTILE)
  await look()
  const bodyAt = (path: string): string => http.received.find(({ url }) => url.startsWith(path))?.body ?? ''

  const slack = JSON.parse(bodyAt('/slack')) as { text: string; blocks: { text?: { type: string; text: string } }[] }
  const marked = slack.blocks.flatMap(({ text }) => (text?.type === 'mrkdwn' ? [text.text] : []))
  expect(marked).toHaveLength(1)
  for (const text of [slack.text, ...marked]) expect(text).not.toMatch(/[<>]/)
  expect(marked.join('').split('`').filter((_, index) => index % 2 === 0).join('')).not.toMatch(/evil\.example|\*b\*/)

  const teams = bodyAt('/teams')
  const types = new Set([...teams.matchAll(/"type":"(\w+)"/g)].map(([, type]) => type))
  expect([...types].toSorted()).toEqual(['AdaptiveCard', 'RichTextBlock', 'TextRun', 'message'])
  expect(teams).not.toContain('"entities"')

  expect(JSON.parse(bodyAt('/pagerduty'))).toMatchObject({ event_action: 'trigger', payload: { severity: 'critical', source: 'Shop' } })
  expect(JSON.parse(bodyAt('/webhook'))).toMatchObject({ type: 'alerts.firing', data: { alerts: [{ rule: 'foreign-page' }] } })

  const sms = http.received.find(({ url }) => url.startsWith('/sms'))
  expect(Object.keys(JSON.parse(sms?.body ?? '{}') as object)).toEqual(['to', 'text', 'title'])
  expect((JSON.parse(sms?.body ?? '{}') as { text: string }).text).not.toContain('+49171')
  expect([...new URL(sms?.url ?? '', http.url).searchParams.keys()]).toEqual(['text'])

  const [message] = mail.mails
  expect([message?.to, message?.headerNames.filter((name) => ['bcc', 'cc', 'reply-to'].includes(name))]).toEqual([['duty@example.com'], []])
  expect(message?.headers.get('content-type')).toMatch(/^text\/plain/)
  // oxlint-disable-next-line no-control-regex -- these are what must not arrive
  for (const text of [message?.headers.get('subject') ?? '', ...(message?.text.split('\n') ?? [])]) expect(text).not.toMatch(/[\u0000-\u001f\u202e]/)
})

test.each(Array.from({ length: 8 }, (_, shift) => shift))('A name of emoji that is cut anywhere in its middle stops nothing (%i)', async (shift) => {
  const admin = new Operator(server, await server.operatorToken('admin', server.project.id))
  const name = `${'x'.repeat(shift)}${'🗳'.repeat(46)}`
  expectJson(await admin.call('PATCH', `/operator/v1/projects/${server.project.key}`, { name }), 200)
  const origin = `https://${shift}.example/${'🗳'.repeat(30 + shift)}`
  await comesFrom(origin)
  await look()
  server.clock.now += 300_000
  await look()
  const { rows } = await server.app.db.query<{ told: number }>(
    `select count(*)::int as told from alerts a join alert_timeline t using (project_id, alert_id) where a.group_by ->> 'origin' = $1 and t.kind = 'notified'`, [origin])
  expect(rows[0]?.told).toBeGreaterThan(0)
})
