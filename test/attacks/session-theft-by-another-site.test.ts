/** A page on another site makes an operator’s browser ask, or puts its own session there. Cookies go along with what a browser sends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, type SignedIn, addPerson, attemptSignIn, signIn, signInAs } from '../helpers/account.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { expectProblem } from '../helpers/operator.ts'

let server: TestApp
let admin: SignedIn

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  admin = await signInAs(server, 'admin')
})
afterAll(() => server.close())

const change = async (headers: Record<string, string | undefined>) => await admin.call('POST', '/operator/v1/projects', { name: 'Theirs' }, headers)
const projects = async (): Promise<number> => (await admin.call('GET', '/operator/v1/projects')).json<{ projects: object[] }>().projects.length

describe('a change', () => {
  test.each<[string, Record<string, string | undefined>]>([
    ['without the token', { 'x-csrf-token': undefined }],
    ['with an empty one', { 'x-csrf-token': '' }],
    ['with a made-up one', { 'x-csrf-token': 'a'.repeat(43) }],
    ['with the text of the cookie', { 'x-csrf-token': '(cookie)' }],
    ['from another origin', { origin: 'https://evil.example' }],
    ['from another port of this host', { origin: 'https://votes.example:8443' }],
    ['from a subdomain', { origin: 'https://x.votes.example' }],
    ['from a frame without an origin', { origin: 'null' }],
    ['that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['that the browser calls same-site', { 'sec-fetch-site': 'same-site' }],
  ])('%s is refused and changes nothing', async (_what, headers) => {
    const before = await projects()
    const sent = headers['x-csrf-token'] === '(cookie)' ? { 'x-csrf-token': admin.cookie.split('=')[1] } : headers
    expectProblem(await change(sent), 403, 'csrf_token_invalid')
    expect(await projects()).toBe(before)
  })

  test('with another person’s token is refused', async () => {
    const other = await signInAs(server, 'admin')
    expectProblem(await change({ 'x-csrf-token': other.account.csrfToken ?? '' }), 403, 'csrf_token_invalid')
  })

  test.each<[string, Record<string, string>]>([
    ['without saying from where, as a script of ours', {}],
    ['from a page of this host', { 'origin': 'https://votes.example', 'sec-fetch-site': 'same-origin' }],
    ['from the same host behind a proxy that ends TLS', { origin: 'http://votes.example' }],
  ])('%s goes through', async (_what, headers) => {
    expect((await change(headers)).statusCode).toBe(201)
  })

  test.each(['PATCH /moderation/v1/items/1', 'DELETE /moderation/v1/blocks/1', 'PUT /operator/v1/account/password', 'DELETE /operator/v1/session', 'POST /security/v1/silences'])(
    'of every scope is guarded: %s', async (operation) => {
      const [method, path] = operation.split(' ') as ['PATCH', string]
      expectProblem(await admin.call(method, path, method === 'PATCH' ? {} : undefined, { 'x-csrf-token': undefined }), 403, 'csrf_token_invalid')
      expect((await admin.call('GET', '/operator/v1/account')).statusCode).toBe(200)
    })
})

test('the cookie is one that another site’s requests do not carry, and no script reads', async () => {
  const answer = await attemptSignIn(server, await addPerson(server))
  expect(answer.cookies).toMatchObject([{ sameSite: 'Strict', httpOnly: true, path: '/' }])
  expect(answer.cookies[0]).not.toHaveProperty('domain')
})

test('no other origin may read what the API answers to a cookie', async () => {
  const answer = await admin.call('GET', '/operator/v1/account', undefined, { origin: 'https://evil.example' })
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
})

describe('another site signs its visitor in as somebody it knows', () => {
  test.each([{ origin: 'https://evil.example' }, { 'origin': 'https://votes.example', 'sec-fetch-site': 'cross-site' }, { origin: 'null' }])('%j: refused, without a cookie', async (headers) => {
    const answer = await attemptSignIn(server, await addPerson(server), { headers: headers as Record<string, string> })
    expectProblem(answer, 403, 'csrf_token_invalid')
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  test('by a form, which cannot send JSON', async () => {
    const { name } = await addPerson(server)
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
      const answer = await server.app.inject({
        method: 'POST', url: '/api/operator/v1/session', headers: { 'content-type': type }, payload: JSON.stringify({ name, password: PASSWORD }),
      })
      expectProblem(answer, 415, 'unsupported_media_type')
    }
  })

  test('by a cookie it chose itself: the server never takes over a session id', async () => {
    const person = await addPerson(server)
    const tab = await signIn(server, person, { headers: { cookie: `truetally=${'a'.repeat(43)}` } })
    expect(tab.cookie).not.toContain('aaaa')
  })
})
