/**
 * The hole: who voted, with names and e-mail addresses, can be read without signing in.
 * Here: every documented route is asked as a stranger would, and nothing says who anybody is.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ORIGIN, type TestApp, startApp } from '../helpers/app.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

const SUB = 'usr_privacy_0042'
const EMAIL = 'jane.doe@example.com'
const ADDRESS = '198.51.100.42'

let app: TestApp
let voters: string[]
beforeAll(async () => {
  app = await startApp()
  const userToken = await signUserToken(app, SUB, { claims: { email: EMAIL } })
  const voter = new Visitor(app, { userToken, ip: ADDRESS })
  await voter.vote(app.project.items[0], 1, { fingerprint: 'deadbeefdeadbeefdeadbeefdeadbeef' })
  await voter.call('POST', '/feedback', { kind: 'idea', title: 'Only moderators read this', email: EMAIL, session: voter.session })
  // And a refused token, so that the ledger knows of the person as well.
  await new Visitor(app, { userToken: `${userToken}x`, ip: ADDRESS }).start()
  await app.app.ledger.flush()
  voters = (await app.app.db.query<{ voter: string }>('select voter from votes')).rows.map((row) => row.voter)
})
afterAll(() => app.close())

interface Documented {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
}
async function documented(): Promise<Documented[]> {
  const { paths } = (await app.app.inject({ url: '/openapi.json' })).json<{ paths: Record<string, Record<string, unknown>> }>()
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase() as Documented['method'], path })))
}
const fill = (path: string): string => path
  .replace('{projectKey}', app.project.key).replace('{itemId}', app.project.items[0]).replace(/\{\w+\}/g, '1')

test('No documented route tells a stranger who voted, wrote or was refused', async () => {
  const routes = await documented()
  expect(routes.length).toBeGreaterThan(15)
  for (const { method, path } of routes) {
    const answer = await app.app.inject({
      method, url: fill(path), headers: { origin: ORIGIN }, remoteAddress: '203.0.113.99',
      ...(path.includes('/api/widget/') ? {} : { query: { project: app.project.key } }),
      ...(method === 'GET' || method === 'DELETE' ? {} : { payload: {} }),
    })
    const said = `${JSON.stringify(answer.headers)} ${answer.body}`
    for (const secret of [SUB, 'usr_p', EMAIL, 'jane', 'j***e', ADDRESS, 'deadbeef', 'Only moderators', ...voters]) {
      expect(`${method} ${path}: ${said.includes(secret) ? secret : 'silent'}`).toBe(`${method} ${path}: silent`)
    }
  }
})

// Monitors outside sign what they say (test/http/monitor-webhook.test.ts).
test('Every route behind a role asks for a token before it looks at anything else', async () => {
  const guarded = (await documented()).filter(({ method, path }) =>
    /^\/api\/(moderation|security|operator)\/(?!v1\/monitors\/)/.test(path) && `${method} ${path}` !== 'POST /api/operator/v1/session')
  expect(guarded.length).toBeGreaterThan(10)
  for (const [index, { method, path }] of [...guarded, { method: 'GET', path: '/metrics' } as const].entries()) {
    // Each from elsewhere, with a guess of its own: so many from one place would be blocked, which is another test.
    const remoteAddress = `198.18.${index}.1`
    for (const headers of [{}, { authorization: 'Bearer ' }, { authorization: `Bearer guessed-token-${1000 + index}` }, { authorization: 'Basic YTpi' }, { cookie: 'session=1' }]) {
      const answer = await app.app.inject({ method, url: fill(path), headers, remoteAddress, ...(method === 'GET' ? {} : { payload: 'not even JSON' }) })
      expect(`${method} ${path} ${answer.statusCode}`).toBe(`${method} ${path} 401`)
      expect(answer.json()).toMatchObject({ code: expect.stringMatching(/^operator_token_(required|invalid)$/) as string })
    }
  }
})

test('A visitor learns of their own votes only, and of nobody’s without their device', async () => {
  const stranger = new Visitor(app, { ip: ADDRESS })
  expect((await stranger.start()).json()).toMatchObject({ votedItemIds: [], verified: false })
  expect((await stranger.call('GET', '/board')).json()).toMatchObject({ items: [{ votes: 1 }, { votes: 0 }, { votes: 0 }] })
})
