/**
 * The holes: a NUL in the name, which the database drops, began a count of its own, so that nobody who guessed was ever locked; a right
 * password left the door locked behind it, so that no code could follow; a sign-in that was under way outlived the reset of its password; two
 * admins who ended one another left none; and a token that a thief had made went on after the reset.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endSessions } from '../../db/queries/operator-sessions.ts'
import { setPassword } from '../../db/queries/operators.ts'
import { createPasswords } from '../../server/tokens/passwords.ts'
import { totpCode } from '../../server/tokens/totp.ts'
import { PASSWORD, addPerson, attemptSignIn, signIn, signInAs } from '../helpers/account.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator, expectProblem } from '../helpers/operator.ts'

const NEXT = 'a longer one than the last'
let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

test('however a name is spelled it has one count: from one network', async () => {
  await addPerson(server, 'admin', { name: 'nul-victim' })
  const statuses: number[] = []
  for (let n = 0; n < 8; n += 1) {
    statuses.push((await attemptSignIn(server, { name: `nul${'\0'.repeat(n)}-victim`, password: `guess ${n}` }, { from: '198.51.100.77' })).statusCode)
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
})

test('and from everywhere', async () => {
  await addPerson(server, 'admin', { name: 'nul-victim-2' })
  const statuses: number[] = []
  for (let n = 0; n < 24; n += 1) {
    statuses.push((await attemptSignIn(server, { name: `nul${'\0'.repeat(n)}-victim-2`, password: `guess ${n}` }, { from: `100.101.${n}.7` })).statusCode)
  }
  expect(statuses.filter((status) => status === 401)).toHaveLength(20)
})

test('after wrong passwords and the wait, the right one and then its code let in', async () => {
  const person = await addPerson(server)
  const tab = await signIn(server, person, { from: '203.0.113.90' })
  const { secret } = (await tab.call('POST', '/operator/v1/account/totp')).json<{ secret: string }>()
  await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), password: PASSWORD })
  server.clock.now += 60_000
  const from = '198.51.120.7'
  for (let n = 0; n < 5; n += 1) await attemptSignIn(server, { name: person.name, password: `wrong ${n}` }, { from })
  server.clock.now += 31_000
  expectProblem(await attemptSignIn(server, person, { from }), 401, 'totp_required')
  expect((await attemptSignIn(server, person, { from, code: totpCode(secret, server.clock.now) })).statusCode).toBe(200)
})

test('a right password that was asked for in between locks nothing', async () => {
  const tab = await signInAs(server, 'viewer')
  for (let n = 0; n < 5; n += 1) await tab.call('PUT', '/operator/v1/account/password', { current: `wrong ${n}`, next: NEXT })
  server.clock.now += 31_000
  expect((await tab.call('PUT', '/operator/v1/account/password', { current: PASSWORD, next: NEXT })).statusCode).toBe(204)
  expect((await tab.call('PUT', '/operator/v1/account/password', { current: NEXT, next: `${NEXT}, again` })).statusCode).toBe(204)
})

test('a sign-in that is under way while the password is reset begins no session', async () => {
  const person = await addPerson(server)
  const hash = await createPasswords().hash(NEXT)
  const other = await server.app.db.connect()
  try {
    await other.query('begin')
    await setPassword(other, person.id, { hash, isTemporary: false })
    await endSessions(other, person.id, server.clock.now)
    const signing = attemptSignIn(server, person, { from: '198.51.122.7' })
    const early = await Promise.race([signing, new Promise((resolve) => setTimeout(resolve, 500, 'still waiting'))])
    await other.query('commit')
    expect(early).toBe('still waiting')
    expectProblem(await signing, 401, 'sign_in_failed')
  } finally {
    other.release()
  }
  const { rowCount } = await server.app.db.query('select from operator_sessions where operator_id = $1 and ended_at is null', [person.id])
  expect(rowCount).toBe(0)
})

test('of two admins who end one another at the same moment one is left', async () => {
  const [a, b] = [await signInAs(server, 'admin'), await signInAs(server, 'admin')]
  const answers = await Promise.all([
    a.call('PATCH', `/operator/v1/operators/${b.account.id}`, { disabled: true }), b.call('PATCH', `/operator/v1/operators/${a.account.id}`, { disabled: true }),
  ])
  expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
  const { rowCount } = await server.app.db.query('select from operators where operator_id = any($1::int[]) and disabled_at is null', [[a.account.id, b.account.id]])
  expect(rowCount).toBe(1)
})

test('a password reset ends the tokens too: a thief may have made one', async () => {
  const person = await addPerson(server)
  const tab = await signIn(server, person)
  const { token } = (await tab.call('POST', '/operator/v1/account/tokens', { name: 'a bot', role: 'admin', expiresAt: server.clock.now + 86_400_000, password: PASSWORD })).json<{ token: string }>()
  const bot = new Operator(server, `Bearer ${token}`)
  expect((await bot.call('GET', '/operator/v1/operators')).statusCode).toBe(200)
  await new Operator(server, server.operators.admin).call('PATCH', `/operator/v1/operators/${person.id}`, { resetPassword: true })
  expectProblem(await bot.call('GET', '/operator/v1/operators'), 401, 'operator_token_invalid')
})
