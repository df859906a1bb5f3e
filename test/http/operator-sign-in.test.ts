/** Signing in, what a session may do, and how it ends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inTransaction } from '../../db/queryable.ts'
import { PASSWORD, SignedIn, addPerson, attemptSignIn, cookieOf, signIn, signInAs } from '../helpers/account.ts'
import { type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { expectJson, expectProblem } from '../helpers/operator.ts'

const HOUR = 3_600_000
let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

describe('a right name and password', () => {
  test('open a session that says who one is, and that every API takes', async () => {
    const { id, name } = await addPerson(server, 'moderator', { name: 'Ada Lovelace' })
    const answer = await attemptSignIn(server, { name: '  ada LOVELACE ', password: PASSWORD })
    const account = expectJson<object>(answer, 200)
    expect(account).toEqual({
      id: String(id), name, actor: `account:${id}`, role: 'moderator', projectId: null, projects: expect.any(Array), totp: false, passwordIsTemporary: false,
      csrfToken: expect.stringMatching(/^[\w-]{43}$/), session: { expiresAt: server.clock.now + 12 * HOUR },
    })
    expect(answer.headers['set-cookie']).toMatch(/^truetally=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(answer.headers['cache-control']).toBe('no-store')
    const tab = new SignedIn(server, answer.json(), cookieOf(answer), '192.0.2.10')
    expect((await tab.call('GET', '/operator/v1/account')).json()).toEqual(account)
    expect((await tab.call('GET', '/security/v1/events')).statusCode).toBe(200)
    expect((await tab.call('GET', `/moderation/v1/votes?project=${server.project.key}`)).statusCode).toBe(200)
    expectProblem(await tab.call('GET', '/operator/v1/projects'), 403, 'role_insufficient')
  })

  test('over https the cookie is Secure, bound to the host, and not taken over http', async () => {
    const proxied = await startApp({ databaseUrl: server.databaseUrl, trustedProxies: ['127.0.0.1/32'] })
    try {
      const person = await addPerson(server)
      const answer = await proxied.app.inject({
        method: 'POST', url: '/api/operator/v1/session', payload: { name: person.name, password: PASSWORD },
        headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.77' },
      })
      expect(answer.headers['set-cookie']).toMatch(/^__Host-truetally=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
      const ask = async (headers: Record<string, string>) => (await proxied.app.inject({ url: '/api/operator/v1/account', headers })).statusCode
      const cookie = cookieOf(answer)
      expect(await ask({ cookie, 'x-forwarded-proto': 'https' })).toBe(200)
      expect(await ask({ cookie })).toBe(401)
      expect(await ask({ 'cookie': cookie.replace('__Host-', ''), 'x-forwarded-proto': 'https' })).toBe(401)
    } finally {
      await proxied.close()
    }
  })

  test('of somebody who sees one project only open that one', async () => {
    const other = await server.addProject()
    const tab = await signInAs(server, 'admin', { projectId: other.id })
    expect(tab.account.projectId).toBe(String(other.id))
    expect((await tab.call('GET', '/operator/v1/projects')).json<{ projects: { id: string }[] }>().projects.map(({ id }) => id)).toEqual([String(other.id)])
    expectProblem(await tab.call('GET', `/moderation/v1/votes?project=${server.project.key}`), 404, 'unknown_project')
  })

  test('sign in again in the same browser: the session before is over', async () => {
    const person = await addPerson(server)
    const first = await signIn(server, person)
    const second = await signIn(server, person, { headers: { cookie: first.cookie } })
    expect((await first.call('GET', '/operator/v1/account')).statusCode).toBe(401)
    expect((await second.call('GET', '/operator/v1/account')).statusCode).toBe(200)
  })
})

test.each([
  ['a wrong password', (name: string) => ({ name, password: 'wrong horse battery staple' })],
  ['an unknown name', () => ({ name: 'nobody at all', password: PASSWORD })],
  ['a name with a NUL', (name: string) => ({ name: `${name}\0x`, password: PASSWORD })],
])('%s is refused, and leaves an event without what was typed', async (_what, typed) => {
  const person = await addPerson(server)
  const answer = await attemptSignIn(server, typed(person.name), { from: '198.51.100.20' })
  expectProblem(answer, 401, 'sign_in_failed')
  expect(answer.headers['set-cookie']).toBeUndefined()
  const [event] = await readEvents(server, { eventType: 'invalid_api_key', ip: '198.51.100.20' })
  expect(event).toMatchObject({ severity: 'medium', metadata: { endpoint: 'POST /api/operator/v1/session' }, detail: { kind: 'sign_in' } })
  expect(JSON.stringify(event)).not.toMatch(/horse|nobody/)
})

test.each([{}, { name: 'x' }, { name: 'x', password: '' }, { name: 'x', password: 'y'.repeat(1001) }, { name: 'x', password: 'y', more: 1 }])(
  'a body %j is none', async (payload) => {
    expectProblem(await server.app.inject({ method: 'POST', url: '/api/operator/v1/session', payload }), 400, 'invalid_request')
  })

const alive = async (tab: SignedIn): Promise<boolean> => (await tab.call('GET', '/operator/v1/account')).statusCode === 200

describe('a session', () => {
  test('ends 12 hours after it was used last, and after a week in any case', async () => {
    const person = await addPerson(server)
    const begin = server.clock.now
    try {
      const [idle, used] = [await signIn(server, person), await signIn(server, person)]
      server.clock.now = begin + 11 * HOUR
      expect(await alive(used)).toBe(true)
      server.clock.now = begin + 12 * HOUR + 1
      expect([await alive(idle), await alive(used)]).toEqual([false, true])
      for (let hours = 20; hours < 168; hours += 10) {
        server.clock.now = begin + hours * HOUR
        expect([hours, await alive(used)]).toEqual([hours, true])
      }
      server.clock.now = begin + 168 * HOUR - 1
      expect((await used.call('GET', '/operator/v1/account')).json()).toMatchObject({ session: { expiresAt: begin + 168 * HOUR } })
      server.clock.now = begin + 168 * HOUR
      expect(await alive(used)).toBe(false)
    } finally {
      server.clock.now = begin
    }
  })

  test('costs one query, and another one once a minute', async () => {
    const tab = await signInAs(server, 'viewer')
    const written = async (): Promise<number[]> => (await server.app.db.query<{ at: number }>(
      'select last_seen_at as at from operator_sessions where operator_id = $1', [tab.account.id])).rows.map(({ at }) => at)
    const begin = server.clock.now
    try {
      server.clock.now = begin + 59_999
      await tab.call('GET', '/operator/v1/account')
      expect(await written()).toEqual([begin])
      server.clock.now = begin + 60_000
      await tab.call('GET', '/operator/v1/account')
      expect(await written()).toEqual([begin + 60_000])
    } finally {
      server.clock.now = begin
    }
    // Of a table that has been analysed and is small PostgreSQL would read all, whatever index there is.
    const { rows } = await inTransaction(server.app.db, async (client) => {
      await client.query('set local enable_seqscan = off')
      return await client.query<{ 'QUERY PLAN': string }>("explain select from operator_sessions where project_id = 0 and session_hash = '\\x00'")
    })
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index (Only )?Scan using operator_sessions_project_id_session_hash_key|Bitmap Index Scan/)
  })

  test('is over after signing out, and the browser forgets it', async () => {
    const tab = await signInAs(server, 'viewer')
    const answer = await tab.call('DELETE', '/operator/v1/session')
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([204, 'truetally=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict'])
    expectProblem(await tab.call('GET', '/operator/v1/account'), 401, 'operator_token_required')
  })

  test('does not help a wrong token beside it', async () => {
    const tab = await signInAs(server, 'admin')
    expectProblem(await tab.call('GET', '/operator/v1/account', undefined, { authorization: 'Bearer ttop_not_a_token_at_all' }), 401, 'operator_token_invalid')
  })

  test('that is made up is none', async () => {
    for (const value of ['', 'x', 'a'.repeat(43), 'é'.repeat(43), `${'a'.repeat(43)}; truetally=${'b'.repeat(43)}`]) {
      expectProblem(await server.app.inject({ url: '/api/operator/v1/account', headers: { cookie: `truetally=${value}` } }), 401, 'operator_token_required')
    }
  })

  test('is one of fifty at most for one person', async () => {
    const person = await addPerson(server)
    const first = await signIn(server, person)
    await server.app.db.query(
      `insert into operator_sessions (operator_id, session_hash, created_at, last_seen_at, expires_at, ip_address, network, user_agent)
       select operator_id, sha256(n::text::bytea), created_at, last_seen_at + interval '1 s', expires_at, ip_address, network, '' from operator_sessions, generate_series(1, 49) n
       where operator_id = $1`, [person.id])
    expect((await first.call('GET', '/operator/v1/account')).statusCode).toBe(200)
    await signIn(server, person)
    const { rows: [row] } = await server.app.db.query<{ live: number }>(
      'select count(*)::int as live from operator_sessions where operator_id = $1 and ended_at is null', [person.id])
    expect(row?.live).toBe(50)
    expect((await first.call('GET', '/operator/v1/account')).statusCode).toBe(401)
  })
})

describe('what takes effect with the next request', () => {
  test('another role, another project, and being disabled', async () => {
    const tab = await signInAs(server, 'admin')
    const set = async (change: string) => void await server.app.db.query(`update operators set ${change} where operator_id = $1`, [tab.account.id])
    await set("role = 'viewer'")
    expectProblem(await tab.call('GET', '/operator/v1/projects'), 403, 'role_insufficient')
    await set(`role = 'admin', only_project_id = ${server.project.id}`)
    expect((await tab.call('GET', '/operator/v1/projects')).json<{ projects: object[] }>().projects).toHaveLength(1)
    await set('disabled_at = now()')
    expectProblem(await tab.call('GET', '/operator/v1/account'), 401, 'operator_token_required')
    expectProblem(await attemptSignIn(server, { name: tab.account.name, password: PASSWORD }, { from: '203.0.113.9' }), 401, 'sign_in_failed')
  })

  test('a block on the account, as rules set them: its sessions and its own tokens are refused until it ends', async () => {
    const tab = await signInAs(server, 'admin')
    await server.app.db.query(
      `insert into blocks (project_id, kind, matches, label, reason, actor, covers, automatic, created_at, expires_at)
       values (0, 'api_key', $1, $1, 'a test', 'rule:test', 'operator', true, to_timestamp($2::float8 / 1000), to_timestamp($3::float8 / 1000))`,
      [tab.account.actor, server.clock.now, server.clock.now + HOUR])
    await server.app.blocks.reload()
    expectProblem(await tab.call('GET', '/operator/v1/account'), 403, 'blocked')
    server.clock.now += HOUR + 1
    expect((await tab.call('GET', '/operator/v1/account')).statusCode).toBe(200)
  })
})

test('findSession says who asks for a page, and lets nobody in whose password is temporary', async () => {
  server.app.log.level = 'silent'
  const [person, newcomer] = [await addPerson(server, 'viewer'), await addPerson(server, 'viewer', { passwordIsTemporary: true })]
  const [tab, other] = [await signIn(server, person), await signIn(server, newcomer)]
  const found = async (cookie: string) => {
    const [name = '', value = ''] = cookie.split('=')
    return await server.app.findSession({ cookies: { [name]: value }, headers: {}, protocol: 'http', clientAddress: '192.0.2.1' } as unknown as Parameters<typeof server.app.findSession>[0])
  }
  expect(await found(tab.cookie)).toEqual({ name: person.name, actor: `account:${person.id}`, accountId: person.id, role: 'viewer', projectId: undefined })
  expect(await found(other.cookie)).toBeNull()
  expect(await found('truetally=nothing')).toBeNull()
  expect(other.account.passwordIsTemporary).toBe(true)
  expectProblem(await other.call('GET', '/security/v1/events'), 403, 'password_change_required')
  expect((await other.call('GET', '/operator/v1/account')).statusCode).toBe(200)
})

test('a token is told that it has no session', async () => {
  const answer = await server.app.inject({ url: '/api/operator/v1/account', headers: { authorization: server.operators.viewer } })
  expect(answer.json()).toEqual({
    id: null, name: 'a viewer', actor: expect.stringMatching(/^operator:\d+$/), role: 'viewer', projectId: null, projects: expect.any(Array), totp: false, passwordIsTemporary: false,
    csrfToken: null, session: null,
  })
})
