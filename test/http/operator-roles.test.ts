/**
 * Who may do what, over every operation the OpenAPI document lists: an operation that nobody decided on here fails the
 * first test. Requests are deliberately wrong in everything but their token, so that passing the door changes nothing.
 * Kept in one file: its table has a line for every operation.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertOperatorToken } from '../../db/queries/operator-tokens.ts'
import { ensureFirstOperator } from '../../server/commands/operator-token.ts'
import { ROLES, type Role } from '../../server/contract/primitives.ts'
import { hashToken } from '../../server/plugins/operators.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'

/** The least role for each operation; `public` takes no operator token. */
const RULES: Record<string, Role | 'public'> = {
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /problems/{code}': 'public',
  'GET /api/widget/v1/{projectKey}/board': 'public',
  'POST /api/widget/v1/{projectKey}/sessions': 'public',
  'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote': 'public',
  'POST /api/widget/v1/{projectKey}/feedback': 'public',
  'GET /api/moderation/v1/votes': 'viewer',
  'GET /api/moderation/v1/votes/{id}': 'viewer',
  'GET /api/moderation/v1/votes/history': 'viewer',
  'GET /api/moderation/v1/items/{id}/history': 'viewer',
  'POST /api/moderation/v1/votes/release': 'moderator',
  'POST /api/moderation/v1/invalidations': 'moderator',
  'GET /api/moderation/v1/invalidations': 'viewer',
  'POST /api/moderation/v1/invalidations/{id}/undo': 'moderator',
  'POST /api/moderation/v1/holds': 'moderator',
  'GET /api/moderation/v1/cohorts': 'viewer',
  'GET /api/moderation/v1/cohorts/{id}/members': 'viewer',
  'DELETE /api/moderation/v1/cohorts/{id}': 'moderator',
  'POST /api/moderation/v1/cohorts/{id}/invalidate': 'moderator',
  'GET /api/moderation/v1/expected-spikes': 'viewer',
  'POST /api/moderation/v1/expected-spikes': 'moderator',
  'DELETE /api/moderation/v1/expected-spikes/{id}': 'moderator',
  'GET /api/moderation/v1/blocks': 'viewer',
  'POST /api/moderation/v1/blocks': 'moderator',
  'DELETE /api/moderation/v1/blocks/{id}': 'moderator',
  'GET /api/moderation/v1/responses': 'viewer',
  'POST /api/moderation/v1/responses/{id}/undo': 'moderator',
  'GET /api/moderation/v1/allowed-sources': 'viewer',
  'POST /api/moderation/v1/allowed-sources': 'moderator',
  'DELETE /api/moderation/v1/allowed-sources/{id}': 'moderator',
  'GET /api/moderation/v1/items': 'viewer',
  'POST /api/moderation/v1/items': 'moderator',
  'PATCH /api/moderation/v1/items/{id}': 'moderator',
  'PUT /api/moderation/v1/items/order': 'moderator',
  'POST /api/moderation/v1/items/{id}/merge': 'moderator',
  'GET /api/moderation/v1/merges': 'viewer',
  'POST /api/moderation/v1/merges/{id}/undo': 'moderator',
  'POST /api/moderation/v1/feedback/{id}/item': 'moderator',
  'GET /api/moderation/v1/feedback': 'moderator',
  'GET /api/moderation/v1/feedback/{id}': 'moderator',
  'PATCH /api/moderation/v1/feedback/{id}': 'moderator',
  'GET /api/security/v1/events': 'viewer',
  'PATCH /api/security/v1/events': 'moderator',
  'GET /api/security/v1/events/summary': 'viewer',
  'GET /api/security/v1/events/stream': 'viewer',
  'GET /api/security/v1/events/stats': 'viewer',
  'GET /api/security/v1/events/timeline': 'viewer',
  'GET /api/security/v1/events/export.csv': 'viewer',
  'GET /api/security/v1/events/{id}': 'viewer',
  'GET /api/security/v1/events/{id}/related': 'viewer',
  'POST /api/security/v1/events/{id}/escalate': 'moderator',
  'POST /api/security/v1/alerts/{id}/escalate': 'moderator',
  'GET /api/security/v1/saved-views': 'viewer',
  'POST /api/security/v1/saved-views': 'viewer',
  'DELETE /api/security/v1/saved-views/{id}': 'viewer',
  'GET /api/security/v1/shadow': 'viewer',
  'GET /api/security/v1/alerts': 'viewer',
  'GET /api/security/v1/alerts/{id}': 'viewer',
  'POST /api/security/v1/alerts/{id}/acknowledge': 'moderator',
  'POST /api/security/v1/alerts/{id}/disposition': 'moderator',
  'POST /api/security/v1/alerts/{id}/notes': 'moderator',
  'GET /api/security/v1/rules': 'viewer',
  'GET /api/security/v1/rules/{name}': 'viewer',
  'PATCH /api/security/v1/rules/{name}': 'admin',
  'POST /api/security/v1/rules/{name}/backtest': 'moderator',
  'GET /api/security/v1/silences': 'viewer',
  'POST /api/security/v1/silences': 'moderator',
  'DELETE /api/security/v1/silences/{id}': 'moderator',
  'GET /api/security/v1/figures': 'viewer',
  'GET /api/security/v1/watch-settings': 'viewer',
  'GET /api/security/v1/traffic': 'viewer',
  'GET /api/security/v1/authentication': 'viewer',
  'GET /api/security/v1/sources': 'viewer',
  'GET /api/security/v1/system': 'viewer',
  // Signed: test/http/monitor-webhook.test.ts
  'POST /api/security/v1/monitors/{name}': 'public',
  // test/http/operator-sign-in.test.ts
  'POST /api/operator/v1/session': 'public',
  'DELETE /api/operator/v1/session': 'viewer',
  'GET /api/operator/v1/account': 'viewer',
  'PUT /api/operator/v1/account/password': 'viewer',
  'POST /api/operator/v1/account/totp': 'viewer',
  'PUT /api/operator/v1/account/totp': 'viewer',
  'POST /api/operator/v1/account/totp/remove': 'viewer',
  'GET /api/operator/v1/account/sessions': 'viewer',
  'DELETE /api/operator/v1/account/sessions': 'viewer',
  'DELETE /api/operator/v1/account/sessions/{id}': 'viewer',
  'GET /api/operator/v1/account/tokens': 'viewer',
  'POST /api/operator/v1/account/tokens': 'viewer',
  'DELETE /api/operator/v1/account/tokens/{id}': 'viewer',
  'GET /api/operator/v1/actors': 'viewer',
  'GET /api/operator/v1/operators': 'admin',
  'POST /api/operator/v1/operators': 'admin',
  'PATCH /api/operator/v1/operators/{id}': 'admin',
  'GET /api/operator/v1/tokens': 'admin',
  'DELETE /api/operator/v1/tokens/{id}': 'admin',
  'GET /api/operator/v1/projects': 'admin',
  'POST /api/operator/v1/projects': 'admin',
  'PATCH /api/operator/v1/projects/{id}': 'admin',
  'POST /api/operator/v1/projects/{id}/identity-secrets': 'admin',
  'DELETE /api/operator/v1/projects/{id}/identity-secrets/{kid}': 'admin',
  'POST /api/operator/v1/projects/{id}/token-tests': 'admin',
  'GET /api/operator/v1/settings': 'viewer',
  'PATCH /api/operator/v1/settings': 'admin',
  'GET /api/operator/v1/policy': 'viewer',
  'GET /api/operator/v1/audit': 'admin',
  'GET /api/operator/v1/audit/{id}': 'admin',
  'GET /api/operator/v1/audit/verification': 'admin',
  'GET /api/operator/v1/channels': 'admin',
  'POST /api/operator/v1/channels': 'admin',
  'PATCH /api/operator/v1/channels/{id}': 'admin',
  'DELETE /api/operator/v1/channels/{id}': 'admin',
  'POST /api/operator/v1/channels/{id}/test': 'admin',
  'GET /api/operator/v1/channels/{id}/notifications': 'admin',
  'POST /api/operator/v1/notifications/{id}/retry': 'admin',
}
const GUARDED = Object.entries(RULES).filter((entry): entry is [string, Role] => entry[1] !== 'public')

let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

/** From another network each time: a hundred wrong tokens from one would stop it, and some routes have small limits of their own. */
let knocks = 0

async function knock(operation: string, authorization?: string) {
  const [method = '', path = ''] = operation.split(' ')
  knocks += 1
  return await server.app.inject({
    method: method as 'GET', remoteAddress: `10.${(knocks >> 8) & 255}.${knocks & 255}.1`,
    // A stream that may be opened would not end: of a project that is none it is refused after the role.
    url: path.replace('{projectKey}', 'pk_nobody').replace(/\/stream$/, '/stream?project=pk_nobody').replaceAll(/\{\w+\}/g, '2000000000'),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
    ...(method === 'GET' || method === 'DELETE' ? {} : { payload: { 'not a field': true } }),
  })
}

test('every operation has a rule, and every rule an operation', () => {
  const { paths = {} } = server.app.swagger() as { paths?: Record<string, Record<string, { security?: unknown }>> }
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  expect(operations.toSorted()).toEqual(Object.keys(RULES).toSorted())
  const secured = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([, { security }]) => JSON.stringify(security ?? []).includes('operator')).map(([method]) => `${method.toUpperCase()} ${path}`))
  expect(secured.toSorted()).toEqual(GUARDED.map(([operation]) => operation).toSorted())
})

describe.each(GUARDED)('%s takes the role %s', (operation, least) => {
  test.each([...ROLES])('asked by a %s', async (role) => {
    const answer = await knock(operation, server.operators[role])
    const allowed = ROLES.indexOf(role) >= ROLES.indexOf(least)
    expect(answer.statusCode === 403, `${answer.statusCode} ${answer.body}`).toBe(!allowed)
    expect([401, 500]).not.toContain(answer.statusCode)
    expect(answer.body.includes('role_insufficient')).toBe(!allowed)
  })

  test('without a token, or with one that is none', async () => {
    for (const [authorization, code] of [
      [undefined, 'operator_token_required'], ['', 'operator_token_required'], ['Bearer', 'operator_token_required'], ['Bearer x', 'operator_token_required'],
      ['Basic YWRtaW46YWRtaW4=', 'operator_token_required'], [server.operators.admin.slice('Bearer '.length), 'operator_token_required'],
      ['Bearer ttop_not_a_token_of_this_server', 'operator_token_invalid'], [server.operators.admin.slice(0, -1), 'operator_token_invalid'],
      [`${server.operators.admin}x`, 'operator_token_invalid'], ["Bearer ttop_'or'1'='1", 'operator_token_invalid'],
    ] as const) {
      const answer = await knock(operation, authorization)
      expectProblem(answer, 401, code)
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    }
  })

  test('HEAD is no way around', async () => {
    const answer = await server.app.inject({ method: 'HEAD', url: (operation.split(' ')[1] ?? '').replaceAll(/\{\w+\}/g, '1') })
    expect([401, 404]).toContain(answer.statusCode)
  })
})

test('the metrics take a viewer of all projects', async () => {
  expectProblem(await knock('GET /metrics'), 401, 'operator_token_required')
  const answer = await knock('GET /metrics', server.operators.viewer)
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, expect.stringContaining('text/plain')])
  for (const role of ['viewer', 'admin'] as const) {
    const refused = await knock('GET /metrics', await server.operatorToken(role, server.project.id))
    expectProblem(refused, 403, 'role_insufficient')
    expect(refused.body).not.toContain('truetally_')
  }
})

describe('a token that ended', () => {
  test.each([
    ['revoked', 'revoked_at = now()'],
    ['expired', "expires_at = now() - interval '1 second'"],
  ])('is %s: 401 from the next request on', async (_title, change) => {
    const token = `ttop_${'x'.repeat(20)}_${change.length}`
    await insertOperatorToken(server.app.db, { projectId: 0, name: 'leaver', role: 'admin', tokenHash: hashToken(token) })
    expect((await knock('GET /api/operator/v1/projects', `Bearer ${token}`)).statusCode).toBe(200)
    await server.app.db.query(`update operator_tokens set ${change} where token_hash = $1`, [hashToken(token)])
    expectProblem(await knock('GET /api/operator/v1/projects', `Bearer ${token}`), 401, 'operator_token_invalid')
  })
})

describe('a token of one project', () => {
  let mine: TestProject
  let theirs: TestProject
  let admin: Operator
  const reason = 'curiosity'

  beforeAll(async () => {
    mine = await server.addProject()
    theirs = await server.addProject()
    admin = new Operator(server, await server.operatorToken('admin', mine.id), mine)
    for (const project of [mine, theirs]) {
      const visitor = new Visitor(server, { project })
      await visitor.vote(project.items[0])
      await visitor.call('POST', '/feedback', { kind: 'idea', title: `of ${project.key}`, session: visitor.session })
      await new Visitor(server, { project, origin: 'https://evil.example' }).start()
    }
  })

  test('works in its own', async () => {
    expect((await admin.votes()).votes).toHaveLength(1)
    const { id } = await admin.invalidate({ filter: { tier: 'device' } })
    expect((await admin.undo(id)).matched).toBe(1)
    expect((await admin.call('PATCH', `/operator/v1/projects/${mine.id}`, { name: 'Renamed' })).json()).toMatchObject({ name: 'Renamed' })
  })

  test('sees its own in the lists', async () => {
    expect((await admin.call('GET', '/operator/v1/projects')).json<{ projects: { publicKey: string }[] }>().projects.map(({ publicKey }) => publicKey)).toEqual([mine.key])
    const { events } = expectJson<{ events: { projectId: string | null }[] }>(await admin.call('GET', '/security/v1/events?limit=200'), 200)
    expect(new Set(events.map(({ projectId }) => projectId))).toEqual(new Set([String(mine.id)]))
    const { groups } = expectJson<{ groups: { count: number }[] }>(await admin.call('GET', '/security/v1/events/summary?groupBy=eventType'), 200)
    expect(groups.map(({ count }) => count)).toEqual([1])
  })

  test.each<[string, 'GET' | 'POST' | 'PATCH' | 'DELETE', () => string, () => object | undefined]>([
    ['votes', 'GET', () => `/moderation/v1/votes?project=${theirs.key}`, () => undefined],
    ['votes by id', 'GET', () => `/moderation/v1/votes?project=${theirs.id}`, () => undefined],
    ['an invalidation', 'POST', () => '/moderation/v1/invalidations', () => ({ project: theirs.key, filter: { tier: 'device' }, reason })],
    ['a release', 'POST', () => '/moderation/v1/votes/release', () => ({ project: theirs.key, filter: { tier: 'device' }, reason })],
    ['the log of invalidations', 'GET', () => `/moderation/v1/invalidations?project=${theirs.key}`, () => undefined],
    ['a hold', 'POST', () => '/moderation/v1/holds', () => ({ project: theirs.key, filter: { tier: 'device' }, reason })],
    ['cohorts', 'GET', () => `/moderation/v1/cohorts?project=${theirs.key}`, () => undefined],
    ['lifting a cohort', 'DELETE', () => `/moderation/v1/cohorts/1?project=${theirs.key}`, () => undefined],
    ['invalidating a cohort', 'POST', () => '/moderation/v1/cohorts/1/invalidate', () => ({ project: theirs.key, reason })],
    ['expected spikes', 'GET', () => `/moderation/v1/expected-spikes?project=${theirs.key}`, () => undefined],
    ['expecting a spike', 'POST', () => '/moderation/v1/expected-spikes', () => ({ project: theirs.key, startsAt: 1, endsAt: 2, reason })],
    ['ending a spike', 'DELETE', () => `/moderation/v1/expected-spikes/1?project=${theirs.key}`, () => undefined],
    ['blocks', 'GET', () => `/moderation/v1/blocks?project=${theirs.key}`, () => undefined],
    ['a new block', 'POST', () => '/moderation/v1/blocks', () => ({ project: theirs.key, kind: 'ip', value: '192.0.2.1', reason, expiresAt: Date.now() + 1e6 })],
    ['lifting', 'DELETE', () => `/moderation/v1/blocks/1?project=${theirs.key}`, () => undefined],
    ['responses', 'GET', () => `/moderation/v1/responses?project=${theirs.key}`, () => undefined],
    ['allowed sources', 'GET', () => `/moderation/v1/allowed-sources?project=${theirs.key}`, () => undefined],
    ['allowing a source', 'POST', () => '/moderation/v1/allowed-sources', () => ({ project: theirs.key, network: '192.0.2.1', reason })],
    ['no longer allowing one', 'DELETE', () => `/moderation/v1/allowed-sources/1?project=${theirs.key}`, () => undefined],
    ['items', 'GET', () => `/moderation/v1/items?project=${theirs.key}`, () => undefined],
    ['a new item', 'POST', () => '/moderation/v1/items', () => ({ project: theirs.key, title: 'Mine' })],
    ['an item', 'PATCH', () => `/moderation/v1/items/${theirs.items[0]}`, () => ({ project: theirs.key, title: 'Mine' })],
    ['feedback', 'GET', () => `/moderation/v1/feedback?project=${theirs.key}`, () => undefined],
    ['events', 'GET', () => `/security/v1/events?project=${theirs.key}`, () => undefined],
    ['the summary of events', 'GET', () => `/security/v1/events/summary?groupBy=severity&project=${theirs.key}`, () => undefined],
    ['alerts', 'GET', () => `/security/v1/alerts?project=${theirs.key}`, () => undefined],
    ['silences', 'GET', () => `/security/v1/silences?project=${theirs.key}`, () => undefined],
    ['a silence', 'POST', () => '/security/v1/silences', () => ({ project: theirs.key, matchers: [{ name: 'rule', value: '*' }], reason, endsAt: Date.now() + 1e6 })],
    ['figures', 'GET', () => `/security/v1/figures?project=${theirs.key}`, () => undefined],
    ['marking events', 'PATCH', () => '/security/v1/events', () => ({ filter: { project: theirs.key }, isRead: true })],
    ['the project', 'PATCH', () => `/operator/v1/projects/${theirs.id}`, () => ({ name: 'Mine' })],
    ['its secret', 'POST', () => `/operator/v1/projects/${theirs.key}/identity-secrets`, () => ({})],
  ])('is told of %s in another what it would be told of nothing', async (_title, method, path, body) => {
    const answer = await admin.call(method, path(), body())
    expectProblem(answer, 404, 'unknown_project')
    const unknown = await admin.call(method, path().replace(theirs.key, 'pk_nobody').replace(`=${theirs.id}`, '=1999999999').replace(`/${theirs.id}`, '/1999999999'),
      JSON.parse(JSON.stringify(body() ?? null).replaceAll(theirs.key, 'pk_nobody')) as object ?? undefined)
    expect(unknown.body.replaceAll('pk_nobody', theirs.key).replaceAll('1999999999', String(theirs.id))).toBe(answer.body)
  })

  test('cannot undo another’s invalidation, with or without naming the project', async () => {
    const { id } = await new Operator(server, server.operators.moderator, theirs).invalidate({ filter: { tier: 'device' } })
    expectProblem(await admin.call('POST', `/moderation/v1/invalidations/${id}/undo`), 404, 'not_found')
    expectProblem(await admin.call('POST', `/moderation/v1/invalidations/${id}/undo`, { project: mine.key }), 404, 'not_found')
    expectProblem(await admin.call('POST', `/moderation/v1/invalidations/${id}/undo`, { project: theirs.key }), 404, 'unknown_project')
    expect(await new Visitor(server, { project: theirs }).tally(theirs.items[0])).toBe(0)
  })

  test('cannot mark another’s events by id', async () => {
    const everyone = new Operator(server, server.operators.viewer)
    const { events } = expectJson<{ events: { id: string; isRead: boolean }[] }>(await everyone.call('GET', `/security/v1/events?project=${theirs.key}`), 200)
    const ids = events.map(({ id }) => id)
    expect(ids).toHaveLength(1)
    expect((await admin.call('PATCH', '/security/v1/events', { ids, isRead: true })).json()).toEqual({ updated: 0, more: false })
  })

  test('cannot make a project', async () => {
    expectProblem(await admin.call('POST', '/operator/v1/projects', { name: 'Another' }), 403, 'role_insufficient')
  })
})

describe('The admin token of the environment', () => {
  test('is whatever the environment says now, also when it goes back to an earlier one', async () => {
    const accepts = async (token: string): Promise<boolean> =>
      (await new Operator(server, `Bearer ${token}`).call('GET', '/operator/v1/projects')).statusCode === 200
    const [first, second] = ['an admin token of long ago', 'the admin token after that'].map((text) => text.replaceAll(' ', '-')) as [string, string]
    await ensureFirstOperator(server.app.db, first)
    expect(await accepts(first)).toBe(true)
    await ensureFirstOperator(server.app.db, second)
    expect([await accepts(first), await accepts(second)]).toEqual([false, true])
    await ensureFirstOperator(server.app.db, first)
    expect([await accepts(first), await accepts(second)]).toEqual([true, false])
    await ensureFirstOperator(server.app.db, undefined)
    expect([await accepts(first), await accepts(second)]).toEqual([false, false])
    expect(await accepts(server.operators.admin.slice('Bearer '.length))).toBe(true)
  })

  test('that is guessed wrongly leaves an event, without the guess', async () => {
    expectProblem(await new Operator(server, 'Bearer not-the-token-at-all').call('GET', '/operator/v1/projects'), 401, 'operator_token_invalid')
    const { events } = expectJson<{ events: { detail: object }[] }>(
      await new Operator(server, server.operators.viewer).call('GET', '/security/v1/events?eventType=invalid_api_key'), 200)
    expect(events).toContainEqual(expect.objectContaining({ projectId: null, detail: { kind: 'operator' } }))
    expect(JSON.stringify(events)).not.toContain('not-the-token')
  })
})
