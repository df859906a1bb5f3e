/**
 * Every operation of the API that can change something, called successfully, adds exactly one entry with who did it. The table is held
 * to the OpenAPI document: a new operation without a row fails here. One file, as one walk over one log needs them all; so it is long.
 */
import { createHmac } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listAuditEntries } from '../../db/queries/audit.ts'
import { verifyAudit } from '../../db/verify-audit.ts'
import { totpCode } from '../../server/tokens/totp.ts'
import { PASSWORD, type SignedIn, addPerson, attemptSignIn, signInAs } from '../helpers/account.ts'
import { storeAlert } from '../helpers/alerts.ts'
import { type TestApp, type TestProject, readEvents, startApp } from '../helpers/app.ts'
import { addChannel, enqueue } from '../helpers/messages.ts'
import { askToMerge, merge } from '../helpers/merges.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { type HttpReceiver, receiveHttp } from '../helpers/receivers.ts'
import { openCohort, recordVote } from '../helpers/recorded-votes.ts'
import { fire, listed } from '../helpers/rule-response.ts'
import { Visitor } from '../helpers/visitor.ts'

const MONITOR_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const reason = 'because a test says so'
/** What must never be read in the log, whoever sent it or was answered it. */
const SECRETS = new Set([PASSWORD, 'a new long password here', 's3cret-hook-path', 'jane.doe@example.com', 'duty@example.com'])

let server: TestApp
let receiver: HttpReceiver
/** Signed in as people do; everything below is done by them unless it says otherwise. */
let admin: SignedIn
let project: TestProject
/** By a token, for helpers. */
let helper: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000, monitorSecret: MONITOR_SECRET })
  receiver = await receiveHttp()
  admin = await signInAs(server, 'admin')
})
afterAll(async () => {
  await server.close()
  await receiver.close()
})
beforeEach(async () => {
  project = await server.addProject()
  helper = new Operator(server, server.operators.admin, project)
})

const installation = { of: 'installation' } as const
const entries = async () => await listAuditEntries(server.app.db, {}, { before: null, limit: 500 })
const key = (): string => project.key
const actorOf = ({ account }: SignedIn): string => account.actor
async function idOf(answer: LightMyRequestResponse | Promise<LightMyRequestResponse>, status = 201): Promise<string> {
  return expectJson<{ id: string }>(await answer, status).id
}
const vote = async (): Promise<string> => (await recordVote(server, project, { itemId: project.items[0] })).id
const held = async (): Promise<string> => (await recordVote(server, project, { itemId: project.items[0], heldFor: 'score' })).id
const cohort = async (): Promise<number> =>
  (await openCohort(server, project, { kind: 'machine', matches: '203.0.113.7 x', itemId: project.items[0] }, [await vote()])).cohort.id
async function feedback(): Promise<string> {
  const visitor = new Visitor(server, { project })
  await visitor.start()
  return await idOf(visitor.call('POST', '/feedback', { kind: 'idea', title: 'A thought', email: 'jane.doe@example.com', session: visitor.session }))
}
async function event(): Promise<string> {
  await new Visitor(server, { project, origin: `https://${project.key.slice(3).toLowerCase().replaceAll(/[_-]/g, '')}.example` }).start()
  const [found] = await readEvents(server, { project: project.key })
  if (found === undefined) throw new Error('a foreign origin left no event')
  return found.id
}
const ruleName = (): string => server.app.alerts.library.alerting[0]?.document.name ?? 'none'
const alert = async (): Promise<string> => (await storeAlert(server, { projectId: project.id })).id
const hook = async (): Promise<string> => await addChannel(server, 'webhook', { url: `${receiver.url}/s3cret-hook-path` })
const block = (value = '198.51.100.9') => ({ project: key(), kind: 'ip', value, reason, expiresAt: server.clock.now + 3_600_000 })
const spike = () => ({ project: key(), startsAt: server.clock.now, endsAt: server.clock.now + 3_600_000, reason })
const silence = () => ({ project: key(), matchers: [{ name: 'rule', value: '*' }], reason, endsAt: server.clock.now + 3_600_000 })
const token = () => ({ name: 'for scripts', role: 'viewer', expiresAt: server.clock.now + 86_400_000, password: PASSWORD })
async function rotate(): Promise<string> {
  const { kid } = expectJson<{ kid: string; identitySecret: string }>(await admin.call('POST', `/operator/v1/projects/${key()}/identity-secrets`, { overlapSeconds: 3600 }), 201)
  expectJson(await admin.call('POST', `/operator/v1/projects/${key()}/identity-secrets`, { overlapSeconds: 3600 }), 201)
  return kid
}
/** Of somebody who may lose their session by it. */
async function own(method: 'POST' | 'PUT' | 'DELETE', pathOf: string | ((tab: SignedIn) => Promise<string>), body?: object) {
  const tab = await signInAs(server, 'admin')
  const path = typeof pathOf === 'string' ? pathOf : await pathOf(tab)
  return { call: async () => await tab.call(method, path, body), by: () => actorOf(tab), ...installation }
}
const sessionOf = async (tab: SignedIn): Promise<string> =>
  `/operator/v1/account/sessions/${expectJson<{ sessions: { id: string }[] }>(await tab.call('GET', '/operator/v1/account/sessions'), 200).sessions[0]?.id}`
async function withTotp(): Promise<SignedIn> {
  const tab = await signInAs(server, 'admin')
  const { secret } = expectJson<{ secret: string }>(await tab.call('POST', '/operator/v1/account/totp'), 200)
  SECRETS.add(secret)
  expect((await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), password: PASSWORD })).statusCode).toBe(204)
  return tab
}

/** Prepares what the operation needs, and then is the call itself: what comes before the call may leave entries of its own. */
type Prepared = () => Promise<{
  call: () => Promise<LightMyRequestResponse>
  by?: () => string
  /** Which project the entry is about: the test’s own unless it is the installation’s. */
  of?: 'installation' | 'the new one'
}>
const send = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object) => ({ call: async () => await admin.call(method, path, body) })

/** Operation: the action its entry has, and a call of it that goes well. */
const CHANGES: Record<string, [action: string, prepare: Prepared]> = {
  'POST /api/moderation/v1/votes/release': ['vote.release', async () => send('POST', '/moderation/v1/votes/release', { project: key(), voteIds: [await held()], reason })],
  'POST /api/moderation/v1/invalidations': ['vote.invalidate', async () => send('POST', '/moderation/v1/invalidations', { project: key(), voteIds: [await vote()], reason })],
  'POST /api/moderation/v1/holds': ['vote.hold', async () => send('POST', '/moderation/v1/holds', { project: key(), voteIds: [await vote()], reason })],
  'POST /api/moderation/v1/invalidations/{id}/undo': ['invalidation.undo', async () => {
    const { id } = await helper.invalidate({ voteIds: [await vote()] })
    return send('POST', `/moderation/v1/invalidations/${id}/undo`, { reason })
  }],
  'DELETE /api/moderation/v1/cohorts/{id}': ['cohort.lift', async () => send('DELETE', `/moderation/v1/cohorts/${await cohort()}?project=${key()}&reason=${reason}`)],
  'POST /api/moderation/v1/cohorts/{id}/invalidate': ['cohort.invalidate', async () => send('POST', `/moderation/v1/cohorts/${await cohort()}/invalidate`, { project: key(), reason })],
  'POST /api/moderation/v1/expected-spikes': ['spike.expect', async () => send('POST', '/moderation/v1/expected-spikes', spike())],
  'DELETE /api/moderation/v1/expected-spikes/{id}': ['spike.end', async () =>
    send('DELETE', `/moderation/v1/expected-spikes/${await idOf(admin.call('POST', '/moderation/v1/expected-spikes', spike()))}?project=${key()}`)],
  'POST /api/moderation/v1/blocks': ['block.create', async () => send('POST', '/moderation/v1/blocks', block())],
  'DELETE /api/moderation/v1/blocks/{id}': ['block.lift', async () => send('DELETE', `/moderation/v1/blocks/${await idOf(admin.call('POST', '/moderation/v1/blocks', block()))}?project=${key()}`)],
  'POST /api/moderation/v1/responses/{id}/undo': ['response.undo', async () => {
    await fire(server, { projectId: project.id, group: { ipAddress: '198.51.100.77' }, actions: [{ type: 'block', target: 'ipAddress', ttl: '1h' }] })
    const [done] = await listed(server, { project: key() })
    return send('POST', `/moderation/v1/responses/${done?.id}/undo`, { reason })
  }],
  'POST /api/moderation/v1/allowed-sources': ['source.allow', async () => send('POST', '/moderation/v1/allowed-sources', { project: key(), network: '198.51.100.0/24', reason })],
  'DELETE /api/moderation/v1/allowed-sources/{id}': ['source.disallow', async () =>
    send('DELETE', `/moderation/v1/allowed-sources/${await idOf(admin.call('POST', '/moderation/v1/allowed-sources', { project: key(), network: '198.51.100.7', reason }))}?project=${key()}`)],
  'POST /api/moderation/v1/items': ['item.create', async () => send('POST', '/moderation/v1/items', { project: key(), title: 'New' })],
  'PATCH /api/moderation/v1/items/{id}': ['item.update', async () => send('PATCH', `/moderation/v1/items/${project.items[0]}`, { project: key(), title: 'Newer' })],
  'PUT /api/moderation/v1/items/order': ['item.order', async () => send('PUT', '/moderation/v1/items/order', { project: key(), itemIds: [...project.items].toReversed() })],
  'POST /api/moderation/v1/items/{id}/merge': ['item.merge', async () => send('POST', `/moderation/v1/items/${project.items[0]}/merge`, { project: key(), into: project.items[1], reason })],
  'POST /api/moderation/v1/merges/{id}/undo': ['merge.undo', async () => {
    const { id } = await merge(helper, project.items[0], project.items[1])
    return send('POST', `/moderation/v1/merges/${id}/undo`, { project: key(), reason })
  }],
  'PATCH /api/moderation/v1/feedback/{id}': ['feedback.update', async () =>
    send('PATCH', `/moderation/v1/feedback/${await feedback()}`, { project: key(), state: 'accepted', note: 'answered jane.doe@example.com' })],
  'POST /api/moderation/v1/feedback/{id}/item': ['feedback.make-item', async () => send('POST', `/moderation/v1/feedback/${await feedback()}/item`, { project: key() })],

  'PATCH /api/security/v1/events': ['event.mark', async () => send('PATCH', '/security/v1/events', { filter: { project: key(), severity: (await event(), 'medium') }, isRead: true })],
  'POST /api/security/v1/events/{id}/escalate': ['event.escalate', async () => {
    await hook()
    return send('POST', `/security/v1/events/${await event()}/escalate`, { note: 'look' })
  }],
  'POST /api/security/v1/alerts/{id}/escalate': ['alert.escalate', async () => {
    await hook()
    return send('POST', `/security/v1/alerts/${await alert()}/escalate`, { note: 'look' })
  }],
  'POST /api/security/v1/alerts/{id}/acknowledge': ['alert.acknowledge', async () => send('POST', `/security/v1/alerts/${await alert()}/acknowledge`, { note: 'mine' })],
  'POST /api/security/v1/alerts/{id}/disposition': ['alert.dispose', async () => send('POST', `/security/v1/alerts/${await alert()}/disposition`, { disposition: 'benign' })],
  'POST /api/security/v1/alerts/{id}/notes': ['alert.note', async () => send('POST', `/security/v1/alerts/${await alert()}/notes`, { note: 'jane.doe@example.com called' })],
  'PATCH /api/security/v1/rules/{name}': ['rule.mode', async () => ({ ...send('PATCH', `/security/v1/rules/${ruleName()}`, { mode: 'log' }), ...installation })],
  'POST /api/security/v1/silences': ['silence.create', async () => send('POST', '/security/v1/silences', silence())],
  'DELETE /api/security/v1/silences/{id}': ['silence.end', async () => send('DELETE', `/security/v1/silences/${await idOf(admin.call('POST', '/security/v1/silences', silence()))}`)],
  'POST /api/security/v1/saved-views': ['view.save', async () => ({ ...send('POST', '/security/v1/saved-views', { name: 'Mine', path: '/dashboard/events?severity=high' }), ...installation })],
  'DELETE /api/security/v1/saved-views/{id}': ['view.delete', async () => ({
    ...send('DELETE', `/security/v1/saved-views/${await idOf(admin.call('POST', '/security/v1/saved-views', { name: 'For now', path: '/dashboard/events' }))}`), ...installation,
  })],

  'POST /api/operator/v1/session': ['account.sign-in', async () => {
    const person = await addPerson(server)
    return { call: async () => await attemptSignIn(server, person), by: () => `account:${person.id}`, ...installation }
  }],
  'DELETE /api/operator/v1/session': ['account.sign-out', async () => await own('DELETE', '/operator/v1/session')],
  'PUT /api/operator/v1/account/password': ['account.change-password', async () => await own('PUT', '/operator/v1/account/password', { current: PASSWORD, next: 'a new long password here' })],
  'PUT /api/operator/v1/account/totp': ['account.enable-totp', async () => {
    const tab = await signInAs(server, 'admin')
    const { secret } = expectJson<{ secret: string }>(await tab.call('POST', '/operator/v1/account/totp'), 200)
    SECRETS.add(secret)
    return { call: async () => await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), password: PASSWORD }), by: () => actorOf(tab), ...installation }
  }],
  'POST /api/operator/v1/account/totp/remove': ['account.disable-totp', async () => {
    const tab = await withTotp()
    return { call: async () => await tab.call('POST', '/operator/v1/account/totp/remove', { password: PASSWORD }), by: () => actorOf(tab), ...installation }
  }],
  'DELETE /api/operator/v1/account/sessions': ['account.sign-out-everywhere', async () => await own('DELETE', '/operator/v1/account/sessions')],
  'DELETE /api/operator/v1/account/sessions/{id}': ['account.sign-out', async () => await own('DELETE', sessionOf)],
  'POST /api/operator/v1/account/tokens': ['token.create', async () => ({ ...send('POST', '/operator/v1/account/tokens', token()), ...installation })],
  'DELETE /api/operator/v1/account/tokens/{id}': ['token.revoke', async () => ({
    ...send('DELETE', `/operator/v1/account/tokens/${await idOf(admin.call('POST', '/operator/v1/account/tokens', token()))}`), ...installation,
  })],
  'PATCH /api/operator/v1/settings': ['settings.update', async () => ({ ...send('PATCH', '/operator/v1/settings', { gateMode: 'enforce' }), ...installation })],
  'POST /api/operator/v1/operators': ['operator.create', async () => ({ ...send('POST', '/operator/v1/operators', { name: 'New Person', role: 'viewer' }), ...installation })],
  'PATCH /api/operator/v1/operators/{id}': ['operator.update', async () => ({
    ...send('PATCH', `/operator/v1/operators/${(await addPerson(server, 'viewer')).id}`, { role: 'moderator', resetPassword: true }), ...installation,
  })],
  'DELETE /api/operator/v1/tokens/{id}': ['token.revoke', async () => ({
    ...send('DELETE', `/operator/v1/tokens/${await idOf((await signInAs(server, 'admin')).call('POST', '/operator/v1/account/tokens', token()))}`), ...installation,
  })],
  'POST /api/operator/v1/projects': ['project.create', async () => ({ ...send('POST', '/operator/v1/projects', { name: 'Another', origins: ['https://a.example'] }), of: 'the new one' })],
  'PATCH /api/operator/v1/projects/{id}': ['project.update', async () => send('PATCH', `/operator/v1/projects/${key()}`, { name: 'Renamed', origins: ['https://b.example'], anonymousShare: 0.5 })],
  'POST /api/operator/v1/projects/{id}/identity-secrets': ['identity-secret.rotate', async () => send('POST', `/operator/v1/projects/${key()}/identity-secrets`, { overlapSeconds: 60 })],
  'DELETE /api/operator/v1/projects/{id}/identity-secrets/{kid}': ['identity-secret.end', async () => send('DELETE', `/operator/v1/projects/${key()}/identity-secrets/${await rotate()}`)],
  'POST /api/operator/v1/channels': ['channel.create', async () => send('POST', '/operator/v1/channels', {
    project: key(), kind: 'email', name: 'Duty',
    settings: { to: ['duty@example.com'], from: 'jane.doe@example.com', smtp: { host: 'mail.example.com', port: 587, user: 'truetally', password: PASSWORD } },
  })],
  'PATCH /api/operator/v1/channels/{id}': ['channel.update', async () => ({
    ...send('PATCH', `/operator/v1/channels/${await hook()}`, { name: 'Another name', settings: { url: `${receiver.url}/s3cret-hook-path/2` } }), ...installation,
  })],
  'DELETE /api/operator/v1/channels/{id}': ['channel.disable', async () => ({ ...send('DELETE', `/operator/v1/channels/${await hook()}`), ...installation })],
  'POST /api/operator/v1/channels/{id}/test': ['channel.test', async () => ({ ...send('POST', `/operator/v1/channels/${await hook()}/test`), ...installation })],
  'POST /api/operator/v1/notifications/{id}/retry': ['notification.retry', async () => {
    await enqueue(server, await hook())
    const { rows: [dead] } = await server.app.db.query<{ id: string }>('update notifications set dead_at = now() where sent_at is null returning notification_id::text as id')
    await server.app.db.query(`update notifications set project_id = $1 where notification_id = $2`, [project.id, dead?.id])
    return send('POST', `/operator/v1/notifications/${dead?.id}/retry`)
  }],
}

/** What has a changing method and changes nothing, or nothing that an operator did. */
const NO_CHANGES: Record<string, Prepared> = {
  // Looks only.
  'POST /api/security/v1/rules/{name}/backtest': async () => send('POST', `/security/v1/rules/${ruleName()}/backtest`, { since: server.clock.now - 3_600_000 }),
  'POST /api/operator/v1/projects/{id}/token-tests': async () => send('POST', `/operator/v1/projects/${key()}/token-tests`, { token: 'a.b.c' }),
  // A proposal: nothing asks for it until a code has confirmed it, which has an entry.
  'POST /api/operator/v1/account/totp': async () => send('POST', '/operator/v1/account/totp'),
  // A monitor’s message, signed and by nobody: what it says is a security event.
  'POST /api/security/v1/monitors/{name}': async () => ({ call: async () => await monitorReport() }),
}

/** Previews of operations above. */
const PREVIEWS: Record<string, Prepared> = {
  'an invalidation': async () => send('POST', '/moderation/v1/invalidations', { project: key(), voteIds: [await vote()], reason, dryRun: true }),
  'a hold': async () => send('POST', '/moderation/v1/holds', { project: key(), voteIds: [await vote()], reason, dryRun: true }),
  'a release': async () => send('POST', '/moderation/v1/votes/release', { project: key(), voteIds: [await held()], reason, dryRun: true }),
  'invalidating a cohort': async () => send('POST', `/moderation/v1/cohorts/${await cohort()}/invalidate`, { project: key(), reason, dryRun: true }),
  'a merge': async () => ({ call: async () => await askToMerge(helper, project.items[0], project.items[1], { dryRun: true }) }),
  'a shorter retention': async () => send('PATCH', '/operator/v1/settings', { retentionDays: 7, dryRun: true }),
}

async function monitorReport(): Promise<LightMyRequestResponse> {
  const body = JSON.stringify({ status: 'up' })
  const id = `msg_${project.id}`
  const timestamp = String(Math.floor(server.clock.now / 1000))
  const mac = createHmac('sha256', Buffer.from(MONITOR_SECRET.slice(6), 'base64')).update(`${id}.${timestamp}.${body}`).digest('base64')
  return await server.app.inject({
    method: 'POST', url: '/api/security/v1/monitors/outside', payload: body,
    headers: { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` },
  })
}

/** Everything secret that an answer shows once. */
function remember(answer: LightMyRequestResponse): void {
  for (const [, text = ''] of answer.body.matchAll(/"(?:identitySecret|token|password|secret)":"([^"]+)"/g)) SECRETS.add(text)
}

test('there is a row for every operation that can change something', () => {
  const { paths = {} } = server.app.swagger() as { paths?: Record<string, object> }
  const changing = Object.entries(paths).filter(([path]) => /^\/api\/(moderation|security|operator)\//.test(path))
    .flatMap(([path, methods]) => Object.keys(methods).filter((method) => method !== 'get').map((method) => `${method.toUpperCase()} ${path}`))
  expect([...Object.keys(CHANGES), ...Object.keys(NO_CHANGES)].toSorted()).toEqual(changing.toSorted())
})

describe('exactly one entry', () => {
  test.each(Object.entries(CHANGES))('for %s', async (_operation, [action, prepare]) => {
    const { call, by = () => actorOf(admin), of } = await prepare()
    const before = await entries()
    const answer = await call()
    expect(answer.statusCode, `answered ${answer.body}`).toBeLessThan(300)
    remember(answer)
    const added = (await entries()).slice(0, -before.length || undefined)
    const about = of === 'installation' ? null : of === 'the new one' ? answer.json<{ id: string }>().id : String(project.id)
    expect(added.map(({ action: done, actor, projectId, ipAddress, at }) => ({ done, actor, projectId, ipAddress, at })))
      .toEqual([{ done: action, actor: by(), projectId: about, ipAddress: '192.0.2.10', at: server.clock.now }])
    expect(added[0]?.actorName).toBeTruthy()
    expect(added[0]?.target).toBeTruthy()
  })

  test('with the token’s own name, where it was a token', async () => {
    expectJson(await helper.call('POST', '/moderation/v1/items', { project: key(), title: 'By a script' }), 201)
    expect((await entries())[0]).toMatchObject({ action: 'item.create', actor: expect.stringMatching(/^operator:\d+$/) as string, actorName: 'a admin' })
  })
})

describe('no entry', () => {
  test.each([...Object.entries(NO_CHANGES), ...Object.entries(PREVIEWS)])('for %s, which changes nothing', async (_name, prepare) => {
    const { call } = await prepare()
    const before = await entries()
    const answer = await call()
    expect(answer.statusCode, `answered ${answer.body}`).toBeLessThan(300)
    remember(answer)
    expect(await entries()).toEqual(before)
  })

  test('for what is refused, whatever for', async () => {
    await admin.call('POST', '/moderation/v1/blocks', block())
    const viewer = await signInAs(server, 'viewer')
    const before = await entries()
    const refused = [
      await admin.call('POST', '/moderation/v1/blocks', block()),
      await admin.call('PATCH', '/moderation/v1/items/1999999999', { project: key(), title: 'x' }),
      await admin.call('DELETE', `/moderation/v1/blocks/1999999999?project=${key()}`),
      await admin.call('POST', '/moderation/v1/invalidations/1999999999/undo', {}),
      await admin.call('PATCH', `/operator/v1/projects/${key()}`, { origins: ['nonsense nonsense'] }),
      await admin.call('POST', '/security/v1/silences', { ...silence(), endsAt: 1 }),
      await admin.call('PUT', '/operator/v1/account/password', { current: 'wrong wrong wrong', next: 'a new long password here' }),
      await viewer.call('POST', '/moderation/v1/items', { project: key(), title: 'x' }),
      await attemptSignIn(server, { name: admin.account.name, password: 'not this one' }),
    ]
    for (const { statusCode } of refused) expect(statusCode).toBeGreaterThanOrEqual(400)
    expect(await entries()).toEqual(before)
  })
})

describe('all of them together', () => {
  test('are one chain that holds', async () => {
    const { entries: length, fault } = await verifyAudit(server.app.db)
    expect(fault).toBeNull()
    expect(length).toBeGreaterThan(Object.keys(CHANGES).length)
  })

  test('say nothing secret, and no address of mail in full', async () => {
    const { rows } = await server.app.db.query<{ line: string }>(`select a::text as line from audit_log a`)
    const log = rows.map(({ line }) => line).join('\n')
    expect(SECRETS.size).toBeGreaterThan(8)
    for (const secret of SECRETS) expect({ secret, found: log.includes(secret) }).toEqual({ secret, found: false })
    expect(log).toMatch(/j\*\*\*e@example\.com/)
    expect(log).not.toMatch(/sk_[\w-]{43}|ttop_[\w-]{43}|whsec_|argon2/)
  })
})
