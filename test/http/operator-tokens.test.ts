/** Operator tokens that people make and end themselves: never more than who made them, and never for ever. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OperatorToken } from '../../server/contract/account.ts'
import { totpCode } from '../../server/tokens/totp.ts'
import { PASSWORD, type SignedIn, addPerson, attemptSignIn, signIn, signInAs } from '../helpers/account.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'

const DAY = 86_400_000
let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

type Created = OperatorToken & { token: string }
const make = async (tab: SignedIn, body: object = {}): Promise<Created> =>
  expectJson<Created>(await tab.call('POST', '/operator/v1/account/tokens', { name: 'a script', role: 'viewer', expiresAt: server.clock.now + DAY, password: PASSWORD, ...body }), 201)
const by = (token: string): Operator => new Operator(server, `Bearer ${token}`)
const status = async (token: string, path = '/operator/v1/account'): Promise<number> => (await by(token).call('GET', path)).statusCode
const own = async (tab: SignedIn): Promise<OperatorToken[]> => (await tab.call('GET', '/operator/v1/account/tokens')).json<{ tokens: OperatorToken[] }>().tokens

describe('a token of one’s own', () => {
  test('is shown once, works, says whose it is, and leaves a trace of its own', async () => {
    const tab = await signInAs(server, 'moderator')
    const made = await make(tab, { role: 'moderator' })
    expect(made.token).toMatch(/^ttop_[\w-]{43}$/)
    expect((await by(made.token).call('GET', '/operator/v1/account')).json()).toMatchObject({
      id: tab.account.id, name: `${tab.account.name} (a script)`, actor: made.actor, role: 'moderator', csrfToken: null, session: null,
    })
    const listed = await own(tab)
    expect(listed).toEqual([{
      id: made.id, actor: `operator:${made.id}`, name: 'a script', role: 'moderator', projectId: null, owner: { id: tab.account.id, name: tab.account.name },
      createdAt: expect.any(Number), createdBy: tab.account.actor, expiresAt: server.clock.now + DAY, revokedAt: null,
    }])
    expect(JSON.stringify(listed)).not.toContain(made.token.slice(5, 20))
    const { rows } = await server.app.db.query<{ action: string; text: string }>("select action, l::text as text from audit_log l where target = $1 and action like 'token.%'", [made.id])
    expect(rows.map(({ action }) => action)).toEqual(['token.create'])
    expect(rows[0]?.text).not.toContain(made.token.slice(5, 20))
  })

  test('has no higher role than its owner, nor another project', async () => {
    const other = await server.addProject()
    const tab = await signInAs(server, 'moderator', { projectId: server.project.id })
    const ask = async (body: object) => await tab.call('POST', '/operator/v1/account/tokens', { name: 'x', role: 'viewer', expiresAt: server.clock.now + DAY, password: PASSWORD, ...body })
    expectProblem(await ask({ role: 'admin' }), 403, 'role_insufficient')
    expectProblem(await ask({ project: other.key }), 404, 'unknown_project')
    expect((await make(tab)).projectId).toBe(String(server.project.id))
  })

  test.each([['ended already', -1], ['ends now', 0], ['ends in two years', 731 * DAY]])('is not made where it %s', async (_when, offset) => {
    const tab = await signInAs(server, 'viewer')
    const answer = await tab.call('POST', '/operator/v1/account/tokens', { name: 'x', role: 'viewer', expiresAt: server.clock.now + offset, password: PASSWORD })
    expectProblem(answer, 400, 'invalid_request')
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '/body/expiresAt' }] })
  })

  test('takes the password, and a wrong one counts like a failed sign-in', async () => {
    const tab = await signInAs(server, 'viewer')
    const ask = async (shown: object) => await tab.call('POST', '/operator/v1/account/tokens', { name: 'x', role: 'viewer', expiresAt: server.clock.now + DAY, ...shown })
    expectProblem(await ask({}), 400, 'invalid_request')
    for (let n = 0; n < 5; n += 1) expectProblem(await ask({ password: `wrong ${n}` }), 400, 'password_wrong')
    expectProblem(await ask({ password: PASSWORD }), 429, 'sign_in_locked')
    expectProblem(await tab.call('PUT', '/operator/v1/account/password', { current: PASSWORD, next: 'quite another long one' }), 429, 'sign_in_locked')
    server.clock.now += 31_000
    expect((await ask({ password: PASSWORD })).statusCode).toBe(201)
    expect(await own(tab)).toHaveLength(1)
  })

  test('takes a code where signing in does, each once, and wrong ones lock', async () => {
    const person = await addPerson(server)
    const tab = await signIn(server, person)
    const { secret } = (await tab.call('POST', '/operator/v1/account/totp')).json<{ secret: string }>()
    const confirming = totpCode(secret, server.clock.now)
    expect((await tab.call('PUT', '/operator/v1/account/totp', { code: confirming, password: PASSWORD })).statusCode).toBe(204)
    const ask = async (code?: string) => await tab.call('POST', '/operator/v1/account/tokens', {
      name: 'x', role: 'viewer', expiresAt: server.clock.now + DAY, password: PASSWORD, ...(code === undefined ? {} : { code }),
    })
    for (let n = 0; n < 6; n += 1) expectProblem(await ask(), 401, 'totp_required')
    expectProblem(await ask(confirming), 400, 'totp_code_wrong')
    server.clock.now += 60_000
    const code = totpCode(secret, server.clock.now)
    expect((await ask(code)).statusCode).toBe(201)
    expectProblem(await ask(code), 400, 'totp_code_wrong')
    expectProblem(await attemptSignIn(server, person, { code }), 401, 'sign_in_failed')
    server.clock.now += 60_000
    for (let n = 0; n < 2; n += 1) expectProblem(await ask('000000'), 400, 'totp_code_wrong')
    expectProblem(await ask(totpCode(secret, server.clock.now)), 429, 'sign_in_locked')
    expect(await own(tab)).toHaveLength(1)
  })

  test('needs an end and a name', async () => {
    const tab = await signInAs(server, 'viewer')
    for (const body of [{ name: 'x', role: 'viewer' }, { role: 'viewer', expiresAt: server.clock.now + DAY }, { name: ' ', role: 'viewer', expiresAt: server.clock.now + DAY }]) {
      expectProblem(await tab.call('POST', '/operator/v1/account/tokens', { ...body, password: PASSWORD }), 400, 'invalid_request')
    }
  })

  test('narrows with its owner at once, and ends with them', async () => {
    const admin = new Operator(server, server.operators.admin)
    const person = await addPerson(server, 'admin')
    const { token } = await make(await signIn(server, person), { role: 'admin' })
    expect(await status(token, '/operator/v1/projects')).toBe(200)
    await admin.call('PATCH', `/operator/v1/operators/${person.id}`, { role: 'moderator' })
    expect([await status(token, '/operator/v1/projects'), await status(token)]).toEqual([403, 200])
    const other = await server.addProject()
    await admin.call('PATCH', `/operator/v1/operators/${person.id}`, { project: other.key })
    expect((await by(token).call('GET', '/operator/v1/account')).json()).toMatchObject({ role: 'moderator', projectId: String(other.id) })
    expectProblem(await by(token).call('GET', `/moderation/v1/votes?project=${server.project.key}`), 404, 'unknown_project')
    await admin.call('PATCH', `/operator/v1/operators/${person.id}`, { disabled: true })
    expect(await status(token)).toBe(401)
    await admin.call('PATCH', `/operator/v1/operators/${person.id}`, { disabled: false, project: null })
    expect(await status(token)).toBe(401)
    const { rows } = await server.app.db.query<{ revoked: number }>(
      `select (after ->> 'tokensRevoked')::int as revoked from audit_log where target = $1 and after ? 'tokensRevoked' order by entry_id`, [`account:${person.id}`])
    expect(rows).toEqual([{ revoked: 1 }, { revoked: 0 }])
  })

  test('does not come back with somebody whom the database alone shut out', async () => {
    const person = await addPerson(server, 'viewer')
    const { token } = await make(await signIn(server, person))
    await server.app.db.query('update operators set disabled_at = now() where operator_id = $1', [person.id])
    await new Operator(server, server.operators.admin).call('PATCH', `/operator/v1/operators/${person.id}`, { disabled: false })
    expect(await status(token)).toBe(401)
  })

  test('does not say that somebody else did what it does', async () => {
    const tab = await signInAs(server, 'moderator', { name: 'Carol' })
    const { token, actor } = await make(tab, { name: 'Alice', role: 'moderator' })
    const block = { project: server.project.key, kind: 'ip', value: '203.0.113.99', reason: 'a test', expiresAt: server.clock.now + DAY }
    const { id } = expectJson<{ id: string }>(await by(token).call('POST', '/moderation/v1/blocks', block), 201)
    const { blocks } = (await tab.call('GET', `/moderation/v1/blocks?project=${server.project.key}`)).json<{ blocks: { id: string; actor: string }[] }>()
    expect(blocks.find((one) => one.id === id)?.actor).toBe('Carol (Alice)')
    const { rows } = await server.app.db.query('select actor, actor_name as name from audit_log order by entry_id desc limit 1')
    expect(rows).toEqual([{ actor, name: 'Carol (Alice)' }])
    const { actors } = (await tab.call('GET', '/operator/v1/actors')).json<{ actors: { actor: string; name: string }[] }>()
    expect(actors).toContainEqual({ actor, name: 'Carol (Alice)' })
  })

  test('of one project is worth nothing when its owner moves to another', async () => {
    const [mine, theirs] = [await server.addProject(), await server.addProject()]
    const person = await addPerson(server, 'viewer', { projectId: mine.id })
    const { token } = await make(await signIn(server, person))
    expect(await status(token)).toBe(200)
    await new Operator(server, server.operators.admin).call('PATCH', `/operator/v1/operators/${person.id}`, { project: theirs.key })
    expect(await status(token)).toBe(401)
  })

  test('is suspended with its owner', async () => {
    const tab = await signInAs(server, 'viewer')
    const { token } = await make(tab)
    await server.app.db.query(
      `insert into blocks (project_id, kind, matches, label, reason, actor, covers, automatic, created_at, expires_at)
       values (0, 'api_key', $1, $1, 'a test', 'rule:test', 'operator', true, to_timestamp($2::float8 / 1000), to_timestamp($3::float8 / 1000))`,
      [tab.account.actor, server.clock.now, server.clock.now + 60_000])
    await server.app.blocks.reload()
    expectProblem(await by(token).call('GET', '/operator/v1/account'), 403, 'blocked')
  })

  test('is revoked by its owner, from the next request on, and by nobody else’s hand here', async () => {
    const [tab, other] = [await signInAs(server, 'viewer'), await signInAs(server, 'admin')]
    const { id, token } = await make(tab)
    expectProblem(await other.call('DELETE', `/operator/v1/account/tokens/${id}`), 404, 'not_found')
    expect((await tab.call('DELETE', `/operator/v1/account/tokens/${id}`)).statusCode).toBe(204)
    expect(await status(token)).toBe(401)
    expectProblem(await tab.call('DELETE', `/operator/v1/account/tokens/${id}`), 404, 'not_found')
    expect((await own(tab))[0]).toMatchObject({ id, revokedAt: expect.any(Number) })
  })

  test('is one of fifty in use', async () => {
    const tab = await signInAs(server, 'viewer')
    const { id } = await make(tab)
    await server.app.db.query(
      `insert into operator_tokens (project_id, name, role, token_hash, operator_id) select 0, 'more', 'viewer', sha256((n::text || $1)::bytea), $1::int from generate_series(1, 49) n`, [tab.account.id])
    const ask = async () => await tab.call('POST', '/operator/v1/account/tokens', { name: 'one more', role: 'viewer', expiresAt: server.clock.now + DAY, password: PASSWORD })
    expectProblem(await ask(), 409, 'too_many_tokens')
    await tab.call('DELETE', `/operator/v1/account/tokens/${id}`)
    expect((await ask()).statusCode).toBe(201)
  })
})

describe('all tokens', () => {
  test('are listed for an admin with their owners, and revoked', async () => {
    const [admin, person] = [await signInAs(server, 'admin'), await signInAs(server, 'viewer')]
    const made = await make(person, { name: 'left behind' })
    const { tokens } = (await admin.call('GET', '/operator/v1/tokens')).json<{ tokens: OperatorToken[] }>()
    expect(tokens).toContainEqual(expect.objectContaining({ id: made.id, owner: { id: person.account.id, name: person.account.name } }))
    expect(tokens).toContainEqual(expect.objectContaining({ name: 'a moderator', owner: null, createdBy: '', expiresAt: null }))
    expect((await admin.call('DELETE', `/operator/v1/tokens/${made.id}`)).statusCode).toBe(204)
    expect(await status(made.token)).toBe(401)
    expectProblem(await admin.call('DELETE', `/operator/v1/tokens/${made.id}`), 404, 'not_found')
  })

  test('of another project are neither seen nor revoked by an admin of one', async () => {
    const [mine, theirs] = [await server.addProject(), await server.addProject()]
    const lead = await signInAs(server, 'admin', { projectId: mine.id })
    const [own1, foreign] = [await server.operatorToken('viewer', mine.id), await server.operatorToken('viewer', theirs.id)]
    const { tokens } = (await lead.call('GET', '/operator/v1/tokens')).json<{ tokens: OperatorToken[] }>()
    expect(tokens.map(({ projectId }) => projectId)).toEqual([String(mine.id)])
    const { rows } = await server.app.db.query<{ id: number }>('select token_id as id from operator_tokens where project_id = $1', [theirs.id])
    expectProblem(await lead.call('DELETE', `/operator/v1/tokens/${rows[0]?.id}`), 404, 'not_found')
    expect([await status(own1.slice(7)), await status(foreign.slice(7))]).toEqual([200, 200])
  })
})
