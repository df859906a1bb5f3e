/**
 * The hole: what locks an account after some bad tokens can be used to lock anybody out whose id is known, and what blocks an
 * address can be used against everybody behind it.
 * Here: a lockout is of this user at the address the forged tokens came from, and of nobody else there; one wrong key, however
 * often, stops that key; an operator who is at work at the address of a guesser works on.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem, signUserToken } from '../helpers/visitor.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => app.close())

const forge = async (sub: string, ip: string): Promise<number> => {
  const userToken = await signUserToken(app, sub, { secret: 'not the secret', claims: { jti: String(Math.random()) } })
  return (await new Visitor(app, { ip, userToken }).start()).statusCode
}

test('Forged tokens with somebody’s id, from one address or from fifty, do not lock them out at theirs', async () => {
  const victim = new Visitor(app, { ip: '203.0.113.7', userToken: await signUserToken(app, 'usr_victim') })
  await victim.start()
  for (let turn = 0; turn < 15; turn += 1) await forge('usr_victim', '198.51.100.1')
  for (let host = 1; host <= 50; host += 1) await forge('usr_victim', `192.0.2.${host}`)
  await app.app.responses.settled()
  expect(await forge('usr_victim', '198.51.100.1')).toBe(403)
  expect((await victim.vote(app.project.items[0])).statusCode).toBe(200)
  const again = new Visitor(app, { ip: '203.0.113.8', userToken: await signUserToken(app, 'usr_victim') })
  expect((await again.start()).statusCode).toBe(201)
  expect((await again.vote(app.project.items[0], 0)).statusCode).toBe(200)
})

test('The others behind the address of a forger go on, signed in or not', async () => {
  for (let turn = 0; turn < 20; turn += 1) await forge('usr_target', '198.51.100.2')
  await app.app.responses.settled()
  expectProblem(await new Visitor(app, { ip: '198.51.100.2' }).vote(app.project.items[1], 1, { userToken: await signUserToken(app, 'usr_target') }), 403, 'blocked')
  const colleague = new Visitor(app, { ip: '198.51.100.2', userToken: await signUserToken(app, 'usr_colleague') })
  expect((await colleague.vote(app.project.items[1])).statusCode).toBe(200)
  expect((await new Visitor(app, { ip: '198.51.100.2' }).vote(app.project.items[1])).statusCode).toBe(200)
})

test('A page that asks for one wrong key a thousand times keeps nobody behind its address from voting', async () => {
  const ask = async (): Promise<number> => (await app.app.inject({ url: '/api/widget/v1/pk_wrong/board', remoteAddress: '198.51.100.3' })).statusCode
  const statuses = await Promise.all(Array.from({ length: 1000 }, ask))
  expect(new Set(statuses)).toEqual(new Set([401, 403]))
  await app.app.responses.settled()
  expect((await new Visitor(app, { ip: '198.51.100.3' }).vote(app.project.items[2])).statusCode).toBe(200)
})

test('A guesser of operator tokens does not keep the operator from work who is there already', async () => {
  const call = async (authorization: string): Promise<number> =>
    (await app.app.inject({ url: '/api/operator/v1/projects', remoteAddress: '198.51.100.4', headers: { authorization } })).statusCode
  expect(await call(app.operators.admin)).toBe(200)
  for (let turn = 0; turn < 30; turn += 1) await call(`Bearer ttop_guess-${turn}`)
  expect(await call('Bearer ttop_guess-again')).toBe(403)
  expect(await call(app.operators.admin)).toBe(200)
})
