import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AuthenticationAnswer } from '../../server/contract/pictures.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

const MINUTE = 60_000
const DAY = 86_400_000

let server: TestApp
let project: TestProject
let now: number

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now = Math.floor(server.clock.now / DAY) * DAY + 3 * DAY
  now = server.clock.now
  project = await server.addProject()
})

/** Of the minutes since `now`, once they are over. */
async function read(query = '', authorization = server.operators.viewer): Promise<AuthenticationAnswer> {
  server.clock.now += MINUTE
  return expectJson(await new Operator(server, authorization).call('GET', `/security/v1/authentication?since=${now}&bucket=1m${query}`), 200)
}

test('a user’s token is taken or refused, whatever it comes with; a session without one proves nothing', async () => {
  const userToken = await signUserToken(server, 'usr_1', { project })
  const visitor = new Visitor(server, { project, userToken })
  expect((await visitor.start()).statusCode).toBe(201)
  expect((await visitor.vote(project.items[0])).statusCode).toBe(200)
  expect((await visitor.vote(project.items[1], 1, { userToken })).statusCode).toBe(200)
  await new Visitor(server, { project }).vote(project.items[0])
  for (const wrong of ['nonsense', await signUserToken(server, 'usr_1', { project, claims: { exp: 1 } }), await signUserToken(server, 'usr_1', { project, secret: 'x'.repeat(40) })]) {
    expect((await new Visitor(server, { project, userToken: wrong }).start()).statusCode).toBe(401)
  }
  expect((await visitor.vote(project.items[2], 1, { userToken: 'nonsense' })).statusCode).toBe(401)
  const { buckets, total } = await read(`&project=${project.key}`)
  expect(total).toEqual({ users: { accepted: 2, refused: 4 }, signIns: null, operators: null })
  expect(buckets).toEqual([{ at: now, ...total }])
  expect((await read('', await server.operatorToken('viewer', project.id))).total).toEqual(total)
})

test('an operator’s token is taken or refused, allowed to or not; without one nothing is proved', async () => {
  const at = (authorization: string): Operator => new Operator(server, authorization)
  await at(server.operators.viewer).call('GET', '/security/v1/alerts')
  await at(server.operators.viewer).call('POST', '/security/v1/silences', {})
  await at('Bearer not-a-token-of-ours').call('GET', '/security/v1/alerts')
  await server.app.inject({ url: '/api/security/v1/alerts' })
  await server.app.inject({ url: '/metrics', headers: { authorization: 'Bearer not-a-token-of-ours' } })
  const { total } = await read()
  // The metrics are no call of the API.
  expect(total.operators).toEqual({ accepted: 2, refused: 1 })
})

test('a sign-in succeeds or fails', async () => {
  const { name, password } = expectJson<{ name: string; password: string }>(
    await new Operator(server, server.operators.admin).call('POST', '/operator/v1/operators', { name: 'Ada', role: 'viewer' }), 201)
  const signIn = async (given: string): Promise<number> =>
    (await server.app.inject({ method: 'POST', url: '/api/operator/v1/session', payload: { name, password: given } })).statusCode
  expect([await signIn(password), await signIn('something else'), await signIn('and another one')]).toEqual([200, 401, 401])
  const { total } = await read()
  expect(total.signIns).toEqual({ accepted: 1, refused: 2 })
})

test('another project’s are nobody’s business', async () => {
  const bound = new Operator(server, await server.operatorToken('viewer', project.id))
  expectProblem(await bound.call('GET', `/security/v1/authentication?project=${server.project.key}`), 404, 'unknown_project')
})
