/** A code that was seen, over a shoulder or on a page that looks like ours, is used again while it is still of now. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { totpCode } from '../../server/tokens/totp.ts'
import { PASSWORD, type TestPerson, addPerson, attemptSignIn, signIn } from '../helpers/account.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { expectProblem } from '../helpers/operator.ts'

let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

async function addWithCode(): Promise<{ person: TestPerson; secret: string }> {
  const person = await addPerson(server)
  const tab = await signIn(server, person)
  const { secret } = (await tab.call('POST', '/operator/v1/account/totp')).json<{ secret: string }>()
  expect((await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), password: PASSWORD })).statusCode).toBe(204)
  return { person, secret }
}

test('the code that confirmed the second factor signs nobody in', async () => {
  const { person, secret } = await addWithCode()
  expectProblem(await attemptSignIn(server, person, { code: totpCode(secret, server.clock.now), from: '198.51.100.30' }), 401, 'sign_in_failed')
})

test('a code that signed somebody in signs nobody else in, nor does one of before it', async () => {
  const { person, secret } = await addWithCode()
  server.clock.now += 90_000
  const code = totpCode(secret, server.clock.now)
  const earlier = totpCode(secret, server.clock.now - 30_000)
  expect((await attemptSignIn(server, person, { code })).statusCode).toBe(200)
  for (const used of [code, earlier]) expectProblem(await attemptSignIn(server, person, { code: used, from: '198.51.100.31' }), 401, 'sign_in_failed')
  server.clock.now += 30_000
  expectProblem(await attemptSignIn(server, person, { code, from: '198.51.100.31' }), 401, 'sign_in_failed')
  expect((await attemptSignIn(server, person, { code: totpCode(secret, server.clock.now), from: '198.51.100.31' })).statusCode).toBe(200)
})

test('ten with the same code at the same moment: one gets in', async () => {
  const { person, secret } = await addWithCode()
  server.clock.now += 90_000
  const code = totpCode(secret, server.clock.now)
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => attemptSignIn(server, person, { code, from: `100.75.${n}.1` })))
  expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
})

test('a code used before the second factor was set up anew does not come back with the same secret', async () => {
  const { person, secret } = await addWithCode()
  server.clock.now += 90_000
  const code = totpCode(secret, server.clock.now)
  expect((await attemptSignIn(server, person, { code })).statusCode).toBe(200)
  const { rows: [row] } = await server.app.db.query<{ step: string }>('select totp_step::text as step from operators where operator_id = $1', [person.id])
  await server.app.db.query('update operators set totp_confirmed_at = null where operator_id = $1', [person.id])
  await server.app.db.query('update operators set totp_confirmed_at = now() where operator_id = $1', [person.id])
  expect(Number(row?.step)).toBe(Math.floor(server.clock.now / 30_000))
  expectProblem(await attemptSignIn(server, person, { code, from: '198.51.100.32' }), 401, 'sign_in_failed')
})
