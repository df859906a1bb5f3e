/**
 * The hole: alerts, silences and channels hang off ids, and whoever runs one customer’s board asks for another’s, or for what is the
 * installation’s: to read whom it watches, to mute it, to take its blocks back, or to have its messages sent elsewhere.
 * Here: a token of one project reaches that project’s and nothing else; what is there for others is answered like what is not there.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertAllowedSource } from '../../db/queries/allowed-sources.ts'
import { insertSilence } from '../../db/queries/silences.ts'
import type { Alert } from '../../server/watch/alerts/alert.ts'
import { storeAlert } from '../helpers/alerts.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { aMessage, addChannel, enqueue } from '../helpers/messages.ts'
import { Operator } from '../helpers/operator.ts'
import { fire } from '../helpers/rule-response.ts'

const MARK = '203.0.113.77'
/** What belongs to somebody else: another project, or the installation. */
interface Foreign {
  alert: Alert
  response: number
  silence: number
  allowed: number
  block: number
}

let server: TestApp
let own: TestProject
/** An admin of one project, which is as much as a token of one project can be. */
let intruder: Operator
let foreign: Foreign[]
let channel: string
let notification: string

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  own = await server.addProject()
  intruder = new Operator(server, await server.operatorToken('admin', own.id), own)
  channel = await addChannel(server, 'webhook', { url: 'http://127.0.0.1:9/x' })
  await enqueue(server, channel, aMessage({ title: `about ${MARK}` }))
  const { rows } = await server.app.db.query<{ id: string }>('update notifications set dead_at = now() returning notification_id::text as id')
  notification = rows[0]?.id ?? ''
  foreign = [await plant(server.project.id), await plant(0)]
})
afterAll(() => server.close())

async function plant(projectId: number): Promise<Foreign> {
  const { db } = server.app
  const { now } = server.clock
  const { applied: [response] } = await fire(server, { projectId, group: { ipAddress: MARK }, actions: [{ type: 'block', target: 'ipAddress', ttl: '1h' }] })
  const silence = await insertSilence(db, { projectId, matchers: [{ name: 'rule', value: MARK }], reason: MARK, actor: 'somebody', startsAt: now, endsAt: now + 60_000 }, now)
  const allowed = await insertAllowedSource(db, { projectId, network: `${MARK}/32`, reason: MARK, actor: 'somebody', expiresAt: null }, now)
  return {
    alert: await storeAlert(server, { projectId, title: MARK, group: { ipAddress: MARK } }), response: response?.id ?? 0, silence: silence?.id ?? 0,
    allowed: allowed?.id ?? 0, block: response?.blockId ?? 0,
  }
}

/** Everything the intruder could have changed. */
const state = async (): Promise<unknown> => (await server.app.db.query(`
  select (select json_agg(a order by alert_id) from alerts a) as alerts, (select json_agg(t order by entry_id) from alert_timeline t) as timeline,
    (select json_agg(s order by silence_id) from silences s) as silences, (select json_agg(r order by response_id) from responses r) as responses,
    (select json_agg(b order by block_id) from blocks b) as blocks, (select json_agg(a order by allowed_id) from allowed_sources a) as allowed,
    (select json_agg(c order by channel_id) from channels c) as channels, (select json_agg(n order by notification_id) from notifications n) as told`)).rows

test('No list, figure or back-test of theirs shows what is not theirs', async () => {
  const lists = [
    '/security/v1/alerts', '/security/v1/silences', '/security/v1/figures', '/security/v1/rules', '/security/v1/events', '/moderation/v1/responses',
    '/moderation/v1/allowed-sources', `/moderation/v1/blocks?project=${own.key}`, '/operator/v1/channels', `/moderation/v1/responses?alert=${foreign[0]?.alert.id}`,
  ]
  for (const path of lists) {
    const answer = await intruder.call('GET', path)
    expect(`${path} ${answer.statusCode}`).toBe(`${path} 200`)
    expect(answer.body).not.toContain(MARK)
  }
  const { fired } = (await intruder.call('GET', '/security/v1/figures')).json<{ alerts: { fired: number } }>().alerts
  expect(fired).toBe(0)
  // Rules are everybody’s.
  for (const path of lists.filter((one) => !one.endsWith('/rules'))) {
    const named = `${path.split('?')[0]}?project=${server.project.key}`
    expect(`${named} ${(await intruder.call('GET', named)).statusCode}`).toMatch(/ (?:403|404|400)$/)
  }
})

test('No id of another project’s, or of the installation’s, can be read, answered, undone, ended or sent again', async () => {
  const before = await state()
  for (const { alert, response, silence, allowed, block } of foreign) {
    const calls: Parameters<Operator['call']>[] = [
      ['GET', `/security/v1/alerts/${alert.id}`],
      ['POST', `/security/v1/alerts/${alert.id}/acknowledge`, { note: 'mine' }],
      ['POST', `/security/v1/alerts/${alert.id}/disposition`, { disposition: 'false_positive' }],
      ['POST', `/security/v1/alerts/${alert.id}/notes`, { note: 'mine' }],
      ['DELETE', `/security/v1/silences/${silence}`],
      ['POST', `/moderation/v1/responses/${response}/undo`, {}],
      ['DELETE', `/moderation/v1/allowed-sources/${allowed}`],
      ['DELETE', `/moderation/v1/allowed-sources/${allowed}?project=${own.key}`],
      ['DELETE', `/moderation/v1/blocks/${block}?project=${own.key}`],
      ['PATCH', `/operator/v1/channels/${channel}`, { name: 'mine' }],
      ['DELETE', `/operator/v1/channels/${channel}`],
      ['POST', `/operator/v1/channels/${channel}/test`],
      ['GET', `/operator/v1/channels/${channel}/notifications`],
      ['POST', `/operator/v1/notifications/${notification}/retry`],
    ]
    for (const call of calls) {
      const answer = await intruder.call(...call)
      expect(`${call[0]} ${call[1]} ${answer.statusCode}`).toBe(`${call[0]} ${call[1]} 404`)
      expect(answer.body).not.toContain(MARK)
    }
  }
  expect(await state()).toEqual(before)
})

test('Nothing can be made that holds elsewhere: no silence, allowed source, channel, back-test or private address', async () => {
  const before = await state()
  const endsAt = server.clock.now + 60_000
  const silence = { matchers: [{ name: 'rule', value: '*' }], reason: 'quiet', endsAt }
  const source = { network: '203.0.113.0/24', reason: 'mine' }
  const hook = { kind: 'webhook', name: 'mine', settings: { url: 'https://hooks.example.com/x' } }
  const calls: Parameters<Operator['call']>[] = [
    ['POST', '/security/v1/silences', { ...silence, project: server.project.key }],
    ['POST', '/moderation/v1/allowed-sources', source],
    ['POST', '/moderation/v1/allowed-sources', { ...source, project: server.project.key }],
    ['POST', '/operator/v1/channels', hook],
    ['POST', '/operator/v1/channels', { ...hook, project: server.project.key }],
    ['POST', '/operator/v1/channels', { ...hook, project: own.key, allowPrivate: true }],
    ['POST', '/security/v1/rules/instant-spike/backtest', { since: endsAt - 120_000, project: server.project.key }],
  ]
  for (const call of calls) {
    const answer = await intruder.call(...call)
    expect(`${call[1]} ${answer.statusCode}`).toMatch(/ (?:403|404)$/)
  }
  expect(await state()).toEqual(before)
})

test('A silence of one project, whatever it matches, mutes that project’s alerts only', async () => {
  const body = { matchers: [{ name: 'project', value: '*' }], reason: 'quiet', endsAt: server.clock.now + 60_000 }
  const answer = await intruder.call('POST', '/security/v1/silences', body)
  expect(`${answer.statusCode} ${answer.body}`).toContain(`"projectId":"${own.id}"`)
  const mine = await storeAlert(server, { projectId: own.id, rule: 'failed-auth-burst' })
  await storeAlert(server, { projectId: server.project.id, rule: 'failed-auth-burst' })
  await storeAlert(server, { projectId: 0, rule: 'scan-signature' })
  server.clock.now += 30_000
  await server.app.alerts.tick()
  const { rows } = await server.app.db.query<{ id: string }>(`select alert_id as id from alert_timeline where kind = 'silenced'`)
  expect(rows).toEqual([{ id: mine.id }])
})
