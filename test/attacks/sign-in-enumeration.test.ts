/** Who has an account here? Answers, headers, waiting and time must not tell. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSWORD, addPerson, attemptSignIn } from '../helpers/account.ts'
import { type TestApp, startApp } from '../helpers/app.ts'

let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

/** Milliseconds this process has worked, on whatever thread: what others do on the machine is no part of it. */
const worked = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

interface Shown { status: number; body: string; headers: object }
async function ask(name: string, from: string, password = 'wrong horse battery staple'): Promise<Shown> {
  const { statusCode, body, headers: { date: _date, ...headers } } = await attemptSignIn(server, { name, password }, { from })
  return { status: statusCode, body, headers }
}

test('a wrong password, an unknown name and a disabled person with the right password are told alike', async () => {
  const [known, disabled] = [await addPerson(server), await addPerson(server)]
  await server.app.db.query('update operators set disabled_at = now() where operator_id = $1', [disabled.id])
  const wrong = await ask(known.name, '192.0.2.40')
  expect(wrong.status).toBe(401)
  expect(await ask('nobody-of-this-name', '192.0.2.41')).toEqual(wrong)
  expect(await ask(disabled.name, '192.0.2.42', PASSWORD)).toEqual(wrong)
})

test('somebody with a second factor looks like anybody else until the password is right', async () => {
  const person = await addPerson(server)
  await server.app.db.query("update operators set sealed_totp = '\\x00', totp_confirmed_at = now() where operator_id = $1", [person.id])
  const wrong = await ask(person.name, '192.0.2.43')
  expect(wrong).toEqual(await ask('nobody-else', '192.0.2.44'))
})

test('an unknown name is made to wait like a known one', async () => {
  const person = await addPerson(server)
  const [known, unknown]: Shown[][] = [[], []]
  for (let n = 0; n < 8; n += 1) {
    known?.push(await ask(person.name, '198.51.100.60'))
    unknown?.push(await ask('nobody-at-all', '198.51.101.60'))
  }
  expect(unknown?.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
  expect(unknown).toEqual(known)
})

test('and is as much work: the password is hashed whether or not there is one to compare it with', async () => {
  const person = await addPerson(server)
  const work: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
  for (let n = 0; n < 12; n += 1) {
    for (const [kind, name] of [['known', person.name], ['unknown', 'nobody-with-this-name']] as const) {
      const before = worked()
      expect((await ask(name, `100.${70 + (kind === 'known' ? 0 : 1)}.${n}.1`)).status).toBe(401)
      work[kind].push(worked() - before)
    }
  }
  // The middle one: garbage is collected now and then, in whoever's turn it is.
  const [known, unknown] = [work.known, work.unknown].map((times) => times.toSorted((a, b) => a - b)[6] ?? 0) as [number, number]
  // Hashing is 20 ms of it. Without it an unknown name would be answered for a fifth of the work.
  expect(unknown, `known ${known.toFixed(1)} ms, unknown ${unknown.toFixed(1)} ms`).toBeGreaterThan(known * 0.6)
  expect(unknown).toBeLessThan(known * 1.7)
})
