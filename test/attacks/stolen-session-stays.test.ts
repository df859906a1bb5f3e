/**
 * A session is found open at a desk, or its password was learnt, and the thief sees to it that they stay. The holes: a token for a year was made
 * with the session alone and outlived the password and signing out everywhere; and a second factor of the thief’s own shut the owner out.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setPassword } from '../../db/queries/operators.ts'
import { createPasswords } from '../../server/tokens/passwords.ts'
import { totpCode } from '../../server/tokens/totp.ts'
import { PASSWORD, SignedIn, type TestPerson, addPerson, attemptSignIn, signIn } from '../helpers/account.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'

const NEXT = 'a longer one than the last'
let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

const askForToken = async (thief: SignedIn, shown: object) =>
  await thief.call('POST', '/operator/v1/account/tokens', { name: 'backup', role: 'admin', expiresAt: server.clock.now + 360 * 86_400_000, ...shown })
const opens = async (token: string): Promise<number> => (await new Operator(server, `Bearer ${token}`).call('GET', '/operator/v1/operators')).statusCode
const tokensOf = async ({ id }: TestPerson): Promise<number> =>
  (await server.app.db.query('select from operator_tokens where operator_id = $1 and revoked_at is null', [id])).rowCount ?? 0

test('a session alone makes no token, however often it guesses and from wherever', async () => {
  const owner = await addPerson(server)
  const thief = await signIn(server, owner)
  expectProblem(await askForToken(thief, {}), 400, 'invalid_request')
  const statuses: number[] = []
  for (let n = 0; n < 24; n += 1) {
    const elsewhere = new SignedIn(server, thief.account, thief.cookie, `100.120.${n}.7`)
    statuses.push((await askForToken(elsewhere, { password: `guess ${n}` })).statusCode)
  }
  expect(statuses.filter((status) => status !== 429)).toEqual(Array.from({ length: 20 }, () => 400))
  expect(await tokensOf(owner)).toBe(0)
})

test.each([
  ['another password', async (owner: SignedIn) => await owner.call('PUT', '/operator/v1/account/password', { current: PASSWORD, next: NEXT })],
  ['signing out everywhere', async (owner: SignedIn) => await owner.call('DELETE', '/operator/v1/account/sessions')],
])('a token that a thief made with the password ends with %s', async (_what, act) => {
  const person = await addPerson(server)
  const thief = await signIn(server, person, { from: '198.51.100.66' })
  const { token } = expectJson<{ token: string }>(await askForToken(thief, { password: PASSWORD }), 201)
  expect(await opens(token)).toBe(200)
  expect((await act(await signIn(server, person))).statusCode).toBe(204)
  expect(await opens(token)).toBe(401)
  expectProblem(await thief.call('GET', '/operator/v1/account'), 401, 'operator_token_required')
})

test('nor does one that is being made while the password changes go on', async () => {
  const person = await addPerson(server)
  const thief = await signIn(server, person)
  const hash = await createPasswords().hash(NEXT)
  const other = await server.app.db.connect()
  try {
    await other.query('begin')
    await setPassword(other, person.id, { hash, isTemporary: false })
    const asking = askForToken(thief, { password: PASSWORD })
    const early = await Promise.race([asking, new Promise((resolve) => setTimeout(resolve, 500, 'still waiting'))])
    await other.query('commit')
    expect(early).toBe('still waiting')
    expectProblem(await asking, 400, 'password_wrong')
  } finally {
    other.release()
  }
  expect(await tokensOf(person)).toBe(0)
})

test('ten tokens with one code at the same moment: one is made', async () => {
  const person = await addPerson(server)
  const tab = await signIn(server, person)
  const { secret } = (await tab.call('POST', '/operator/v1/account/totp')).json<{ secret: string }>()
  expect((await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), password: PASSWORD })).statusCode).toBe(204)
  server.clock.now += 60_000
  const code = totpCode(secret, server.clock.now)
  const answers = await Promise.all(Array.from({ length: 10 }, () => askForToken(tab, { password: PASSWORD, code })))
  expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
  expect(await tokensOf(person)).toBe(1)
})

test('a session alone sets up no second factor, so the owner still gets in and ends it', async () => {
  const person = await addPerson(server)
  const thief = await signIn(server, person, { from: '198.51.100.67' })
  const { secret } = expectJson<{ secret: string }>(await thief.call('POST', '/operator/v1/account/totp'), 200)
  const code = totpCode(secret, server.clock.now)
  expectProblem(await thief.call('PUT', '/operator/v1/account/totp', { code }), 400, 'invalid_request')
  expectProblem(await thief.call('PUT', '/operator/v1/account/totp', { code, password: 'a guess at it' }), 400, 'password_wrong')
  expect((await attemptSignIn(server, person)).json()).toMatchObject({ totp: false })

  // The owner’s own, set up meanwhile, ends the thief’s session.
  const owner = await signIn(server, person)
  const { secret: own } = expectJson<{ secret: string }>(await owner.call('POST', '/operator/v1/account/totp'), 200)
  expect((await owner.call('PUT', '/operator/v1/account/totp', { code: totpCode(own, server.clock.now), password: PASSWORD })).statusCode).toBe(204)
  expectProblem(await thief.call('GET', '/operator/v1/account'), 401, 'operator_token_required')
  expect((await owner.call('GET', '/operator/v1/account')).statusCode).toBe(200)
})
