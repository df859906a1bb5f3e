/** The token tester over HTTP. What it says of each fault is tested beside server/tokens/explain-identity.ts. */
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

interface Answer {
  valid: boolean
  steps: { name: string; ok: boolean; explanation: string }[]
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
}

let server: TestApp
let admin: Operator
beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000, watchEveryMs: 0 })
  admin = new Operator(server, server.operators.admin)
})
afterAll(() => server.close())

let minute = 0
/** The tester’s own limit is a minute’s: each test gets its own address. */
async function explain(token: unknown, authorization = server.operators.admin) {
  return await server.app.inject({
    method: 'POST', url: `/api/operator/v1/projects/${server.project.key}/token-tests`, headers: { authorization }, payload: { token },
    remoteAddress: `10.0.0.${minute}`,
  })
}
const answerTo = async (token: string): Promise<Answer> => expectJson(await explain(token), 200)
const faultsOf = ({ steps }: Answer): string[] => steps.filter(({ ok }) => !ok).map(({ name }) => name)

describe('A token', () => {
  test('that the widget takes passes every step', async () => {
    minute += 1
    const token = await signUserToken(server, 'usr_1')
    const answer = await explain(token)
    expect(answer.headers['cache-control']).toBe('no-store')
    const explained = expectJson<Answer>(answer, 200)
    expect(explained).toMatchObject({ valid: true, header: { alg: 'HS256', kid: server.project.identity.kid }, claims: { sub: 'usr_1', aud: server.project.key } })
    expect(faultsOf(explained)).toEqual([])
    expect((await new Visitor(server, { userToken: token }).start()).json()).toMatchObject({ verified: true })
  })

  test('that has expired is said to have, with how long ago', async () => {
    minute += 1
    const seconds = server.clock.now / 1000
    const token = await signUserToken(server, 'usr_1', { claims: { iat: seconds - 7800, exp: seconds - 7500 } })
    const answer = await answerTo(token)
    expect([answer.valid, faultsOf(answer)]).toEqual([false, ['expires']])
    expect(answer.steps.find(({ name }) => name === 'expires')?.explanation).toContain('expired 2 hours 5 minutes ago')
  })

  test('of a secret that was rotated away is traced to it, while one in its overlap is taken', async () => {
    minute += 1
    const project = await server.addProject()
    const token = await signUserToken(server, 'usr_1', { project })
    const explained = async (): Promise<Answer> => expectJson(await admin.call('POST', `/operator/v1/projects/${project.id}/token-tests`, { token }), 200)
    expectJson(await admin.call('POST', `/operator/v1/projects/${project.id}/identity-secrets`, { overlapSeconds: 100 }), 201)
    expect((await explained()).valid).toBe(true)
    server.clock.now += 101_000
    const retired = await explained()
    expect([retired.valid, faultsOf(retired)]).toEqual([false, ['key', 'signature']])
    expect(retired.steps.find(({ name }) => name === 'signature')?.explanation).toContain(`${project.identity.kid}, which has ended`)
  })

  test.each<[string, string]>([
    ['nothing', ''], ['markup', '<script>alert(1)</script>'], ['8 kB of dots', '.'.repeat(8192)], ['nul and controls', '\0\u0001\u001B[31m.\u202E.\uD800'],
    ['deep claims', `e30.${Buffer.from(`{"sub":${'['.repeat(2900)}${']'.repeat(2900)}}`).toString('base64url')}.e30`],
    ['a prototype', `e30.${Buffer.from('{"__proto__":{"sub":"x"},"constructor":1}').toString('base64url')}.`],
  ])('that is %s is explained, not an error', async (_title, token) => {
    minute += 1
    const answer = await answerTo(token)
    expect(answer.valid).toBe(false)
    expect(faultsOf(answer).length).toBeGreaterThan(0)
  })
})

test('More than 8 kB, or no text, is no request', async () => {
  minute += 1
  for (const token of ['x'.repeat(8193), 5, null]) expectProblem(await explain(token), 400, 'invalid_request')
})

test('It leaves no trace: no event, no audit entry, no line of the log, no secret in the answer', async () => {
  let log = ''
  const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => { log += chunk.toString(); done() } })
  const stdout = process.stdout.write.bind(process.stdout)
  const loud = await startApp({ databaseUrl: server.databaseUrl, logLevel: 'trace' })
  const entries = async (): Promise<number> => (await server.app.db.query<{ n: number }>('select count(*)::int as n from audit_log')).rows[0]?.n ?? Number.NaN
  try {
    const [events, audited] = [(await readEvents(server)).length, await entries()]
    process.stdout.write = ((chunk: string | Uint8Array) => sink.write(chunk)) as typeof process.stdout.write
    const token = `${await signUserToken(server, 'usr_traceless', { claims: { exp: 1 } })}`
    const answer = await loud.app.inject({
      method: 'POST', url: `/api/operator/v1/projects/${loud.app.projects.resolve(server.project.key).id}/token-tests`,
      headers: { authorization: server.operators.admin }, payload: { token },
    })
    process.stdout.write = stdout
    expect(answer.statusCode).toBe(200)
    expect(answer.body).not.toContain(server.project.identity.secret.slice(3))
    expect([(await readEvents(server)).length, await entries()]).toEqual([events, audited])
    expect(log).not.toContain(token.slice(-20))
  } finally {
    process.stdout.write = stdout
    await loud.close()
  }
})

test('It is an admin’s, of this project, and limited', async () => {
  minute += 1
  expectProblem(await explain('x', server.operators.moderator), 403, 'role_insufficient')
  const other = await server.addProject()
  expectProblem(await explain('x', await server.operatorToken('admin', other.id)), 404, 'unknown_project')
  const answers = await Promise.all(Array.from({ length: 70 }, () => explain('x')))
  expect(answers.filter(({ statusCode }) => statusCode === 429).length).toBeGreaterThan(5)
  expectProblem(answers.at(-1) as (typeof answers)[number], 429, 'rate_limited')
})
