/** Passwords and codes are guessed: from one place, from many, all at once; and the waiting is turned against the owner. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { trimFailures } from '../../db/queries/sign-ins.ts'
import { totpCode } from '../../server/tokens/totp.ts'
import { PASSWORD, type TestPerson, addPerson, attemptSignIn, signIn } from '../helpers/account.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { expectProblem } from '../helpers/operator.ts'

const SECOND = 1000
let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

const guess = async (person: { name: string }, from: string, n: number | string = 0) => await attemptSignIn(server, { name: person.name, password: `a guess ${n}` }, { from })
/** So many wrong ones, each from the next network: what a botnet does. */
async function guessFromEverywhere(person: TestPerson, times: number, offset = 0): Promise<number[]> {
  const statuses: number[] = []
  for (let n = 0; n < times; n += 1) statuses.push((await guess(person, `100.${64 + Math.floor((n + offset) / 250)}.${(n + offset) % 250}.1`)).statusCode)
  return statuses
}

describe('from one place', () => {
  test('five are free; then each one more doubles the waiting, up to an hour, and a right password does not help meanwhile', async () => {
    const person = await addPerson(server)
    const from = '198.51.100.7'
    for (let n = 0; n < 5; n += 1) expectProblem(await guess(person, from, n), 401, 'sign_in_failed')
    const waits: number[] = []
    for (let n = 0; n < 9; n += 1) {
      const locked = await attemptSignIn(server, person, { from })
      expectProblem(locked, 429, 'sign_in_locked')
      const wait = Number(locked.headers['retry-after'])
      waits.push(wait)
      server.clock.now += wait * SECOND - 1
      expect((await attemptSignIn(server, person, { from })).statusCode).toBe(429)
      server.clock.now += 1
      expectProblem(await guess(person, from), 401, 'sign_in_failed')
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
    server.clock.now += 3600 * SECOND
    expect((await attemptSignIn(server, person, { from })).statusCode).toBe(200)
    expectProblem(await guess(person, from), 401, 'sign_in_failed')
  })

  test('all at the same moment: no more than five passwords are looked at', async () => {
    const person = await addPerson(server)
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => guess(person, '198.51.101.7', n)))
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(11)
  })

  test('over two nodes, and after a restart: one count', async () => {
    const person = await addPerson(server)
    const second = await startApp({ databaseUrl: server.databaseUrl, requestsPerMinute: 100_000 })
    try {
      second.clock.now = server.clock.now
      for (let n = 0; n < 3; n += 1) await guess(person, '198.51.102.7', n)
      for (let n = 0; n < 2; n += 1) await attemptSignIn(second, { ...person, password: `another ${n}` }, { from: '198.51.102.7' })
      expect((await attemptSignIn(second, person, { from: '198.51.102.7' })).statusCode).toBe(429)
      expect((await attemptSignIn(server, person, { from: '198.51.102.7' })).statusCode).toBe(429)
    } finally {
      await second.close()
    }
  })

  test('with another address of the same network, or another spelling of the name', async () => {
    const person = await addPerson(server, 'admin', { name: 'Spelled Name' })
    for (let n = 0; n < 5; n += 1) await guess({ name: [' spelled name', 'SPELLED NAME ', 'Spelled Name'][n % 3] ?? '' }, `198.51.103.${n + 1}`)
    expect((await attemptSignIn(server, person, { from: '198.51.103.99' })).statusCode).toBe(429)
    const v6 = await addPerson(server)
    for (let n = 0; n < 5; n += 1) await guess(v6, `2001:db8:1:1::${n + 1}`)
    expect((await attemptSignIn(server, v6, { from: '2001:db8:1:1:ffff::1' })).statusCode).toBe(429)
    expect((await attemptSignIn(server, v6, { from: '2001:db8:1:2::1' })).statusCode).toBe(200)
  })

  test('of many names: the address is stopped, whatever name comes next', async () => {
    for (let n = 0; n < 10; n += 1) expectProblem(await guess({ name: `somebody ${n}` }, '198.51.104.7'), 401, 'sign_in_failed')
    await server.app.responses.settled()
    expectProblem(await attemptSignIn(server, await addPerson(server), { from: '198.51.104.7' }), 403, 'blocked')
    expect((await attemptSignIn(server, await addPerson(server), { from: '198.51.104.8' })).statusCode).toBe(200)
  })
})

describe('from everywhere', () => {
  test('after twenty the name waits for all networks but those its owner was at', async () => {
    const person = await addPerson(server)
    await signIn(server, person, { from: '203.0.113.50' })
    const statuses = await guessFromEverywhere(person, 25)
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), ...Array.from({ length: 5 }, () => 429)])
    const elsewhere = await attemptSignIn(server, person, { from: '203.0.114.50' })
    expectProblem(elsewhere, 429, 'sign_in_locked')
    expect(elsewhere.headers['retry-after']).toBe('30')
    expect((await attemptSignIn(server, person, { from: '203.0.113.51' })).statusCode).toBe(200)
  })

  test('the waiting grows to a quarter of an hour and no further, so that nobody is locked out for good', async () => {
    const person = await addPerson(server)
    await guessFromEverywhere(person, 20, 500)
    const waits: number[] = []
    for (let n = 0; n < 7; n += 1) {
      const locked = await attemptSignIn(server, person, { from: `100.80.${n}.1` })
      waits.push(Number(locked.headers['retry-after']))
      server.clock.now += (waits.at(-1) ?? 0) * SECOND
      expect((await guess(person, `100.81.${n}.1`)).statusCode).toBe(401)
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900])
  })

  test('a network where the owner was more than a month ago is one like any other', async () => {
    const person = await addPerson(server)
    await signIn(server, person, { from: '203.0.115.50' })
    server.clock.now += 31 * 86_400 * SECOND
    await guessFromEverywhere(person, 20, 1000)
    expect((await attemptSignIn(server, person, { from: '203.0.115.50' })).statusCode).toBe(429)
  })
})

describe('of codes, by somebody who has the password', () => {
  test('wrong ones count like wrong passwords, and asking without a code in between forgives none', async () => {
    const person = await addPerson(server)
    const tab = await signIn(server, person, { from: '203.0.113.90' })
    const { secret } = (await tab.call('POST', '/operator/v1/account/totp')).json<{ secret: string }>()
    await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), password: PASSWORD })
    server.clock.now += 60 * SECOND
    const right = totpCode(secret, server.clock.now)
    for (let n = 0; n < 5; n += 1) {
      expectProblem(await attemptSignIn(server, person, { from: '198.51.105.7' }), 401, 'totp_required')
      expectProblem(await attemptSignIn(server, person, { from: '198.51.105.7', code: right === '123456' ? '654321' : '123456' }), 401, 'sign_in_failed')
    }
    expectProblem(await attemptSignIn(server, person, { from: '198.51.105.7', code: right }), 429, 'sign_in_locked')
    expect((await attemptSignIn(server, person, { from: '198.51.106.7', code: right })).statusCode).toBe(200)
  })
})

test('a flood of sign-ins is refused before it takes the machine from everybody else', async () => {
  const people = Array.from({ length: 60 }, (_, n) => ({ name: `flood ${n}`, password: 'x' }))
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, server.app.passwords.saturation.running)), 1)
  const answers = await Promise.all(people.map((person, n) => attemptSignIn(server, person, { from: `100.90.${n}.1` })))
  clearInterval(watch)
  const busy = answers.filter(({ statusCode }) => statusCode === 503)
  expect(busy.length).toBeGreaterThan(0)
  for (const answer of busy) {
    expectProblem(answer, 503, 'overloaded')
    expect(answer.headers['retry-after']).toBe('1')
  }
  expect(answers.every(({ statusCode }) => statusCode === 401 || statusCode === 503)).toBe(true)
  expect(most).toBeLessThanOrEqual(2)
  // Nobody was told “wrong” without having been looked at, and nobody’s count went up for it.
  const { rows } = await server.app.db.query<{ counted: number }>("select count(*)::int as counted from sign_in_failures where network <<= '100.90.0.0/16' and failures > 0")
  expect(rows[0]?.counted).toBe(answers.length - busy.length)
})

test('the names that strangers type are kept as digests, and the count of them is bounded', async () => {
  await guess({ name: 'my password in the wrong field' }, '198.51.107.7')
  const { rows } = await server.app.db.query<{ text: string }>('select f::text as text from sign_in_failures f')
  expect(JSON.stringify(rows)).not.toContain('wrong field')

  const person = await addPerson(server)
  for (let n = 0; n < 5; n += 1) await guess(person, '198.51.108.7', n)
  const { rows: [before] } = await server.app.db.query<{ count: number }>('select count(*)::int as count from sign_in_failures')
  expect(before?.count).toBeGreaterThan(20)
  await trimFailures(server.app.db, server.clock.now - 86_400_000, 20)
  // The light ones go: whoever floods the table with names does not open a door that is locked.
  const { rows: kept } = await server.app.db.query<{ failures: number }>('select failures from sign_in_failures')
  expect(kept).toHaveLength(20)
  expect((await attemptSignIn(server, person, { from: '198.51.108.7' })).statusCode).toBe(429)
  await trimFailures(server.app.db, server.clock.now + 1, 20)
  expect((await attemptSignIn(server, person, { from: '198.51.108.7' })).statusCode).toBe(200)
})
