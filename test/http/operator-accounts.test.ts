/** One’s own account, and those of others: what can be changed, by whom, and what it ends. In one file: both sides are the same people. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Operator as WireOperator } from '../../server/contract/account.ts'
import { totpCode } from '../../server/tokens/totp.ts'
import { PASSWORD, SignedIn, addPerson, attemptSignIn, signIn, signInAs } from '../helpers/account.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'

const NEXT = 'a longer one than the last'
let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

const alive = async (tab: SignedIn): Promise<boolean> => (await tab.call('GET', '/operator/v1/account')).statusCode === 200
interface AuditLine { action: string; target: string; actor: string; before: object | null; after: object | null }
const audited = async (target: string): Promise<AuditLine[]> =>
  (await server.app.db.query<AuditLine>('select action, target, actor, before, after from audit_log where target = $1 order by entry_id', [target])).rows

describe('the password', () => {
  test('is changed with the present one; the other sessions end, this one goes on', async () => {
    const person = await addPerson(server)
    const [here, there] = [await signIn(server, person), await signIn(server, person)]
    expect((await here.call('PUT', '/operator/v1/account/password', { current: PASSWORD, next: NEXT })).statusCode).toBe(204)
    expect([await alive(here), await alive(there)]).toEqual([true, false])
    expectProblem(await attemptSignIn(server, person), 401, 'sign_in_failed')
    expect((await attemptSignIn(server, { ...person, password: NEXT })).statusCode).toBe(200)
    expect((await audited(here.account.actor)).at(-2)).toMatchObject({ action: 'account.change-password', actor: here.account.actor, after: { sessionsEnded: 1, tokensRevoked: 0 } })
  })

  test('that is another one ends the tokens made under the one before', async () => {
    const person = await addPerson(server)
    const tab = await signIn(server, person)
    const { token } = (await tab.call('POST', '/operator/v1/account/tokens', { name: 'mine', role: 'admin', expiresAt: server.clock.now + 1e6, password: PASSWORD })).json<{ token: string }>()
    const script = new Operator(server, `Bearer ${token}`)
    expectProblem(await tab.call('PUT', '/operator/v1/account/password', { current: 'not this one, no', next: NEXT }), 400, 'password_wrong')
    expect((await script.call('GET', '/operator/v1/account')).statusCode).toBe(200)
    expect((await tab.call('PUT', '/operator/v1/account/password', { current: PASSWORD, next: NEXT })).statusCode).toBe(204)
    expectProblem(await script.call('GET', '/operator/v1/account'), 401, 'operator_token_invalid')
    expect((await audited(tab.account.actor)).at(-1)).toMatchObject({ action: 'account.change-password', after: { sessionsEnded: 0, tokensRevoked: 1 } })
  })

  test('that is guessed with a session from many networks is counted everywhere', async () => {
    const tab = await signInAs(server, 'viewer')
    const statuses: number[] = []
    for (let n = 0; n < 24; n += 1) {
      const elsewhere = new SignedIn(server, tab.account, tab.cookie, `100.110.${n}.7`)
      statuses.push((await elsewhere.call('PUT', '/operator/v1/account/password', { current: `guess ${n}`, next: NEXT })).statusCode)
    }
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 400), 429, 429, 429, 429])
    // Where they signed in they go on.
    expect((await tab.call('PUT', '/operator/v1/account/password', { current: PASSWORD, next: NEXT })).statusCode).toBe(204)
  })

  test('that is wrong is counted like a failed sign-in, and locks', async () => {
    const tab = await signInAs(server, 'viewer')
    for (let n = 0; n < 5; n += 1) expectProblem(await tab.call('PUT', '/operator/v1/account/password', { current: `wrong ${n}`, next: NEXT }), 400, 'password_wrong')
    const locked = await tab.call('PUT', '/operator/v1/account/password', { current: PASSWORD, next: NEXT })
    expectProblem(locked, 429, 'sign_in_locked')
    expect(locked.headers['retry-after']).toBe('30')
    expect(await alive(tab)).toBe(true)
  })

  test.each([
    ['too short', () => 'eleven char', 'takes at least 12 characters'],
    ['too long', () => 'x'.repeat(201), 'takes at most 200 characters'],
    ['the name', (name: string) => ` ${name.toUpperCase()} `, 'is the name'],
    ['the present one', () => PASSWORD, 'is the present one'],
  ])('is refused when it is %s', async (_what, next, fault) => {
    const person = await addPerson(server, 'viewer', { name: `a rather long name ${fault}` })
    const tab = await signIn(server, person)
    const answer = await tab.call('PUT', '/operator/v1/account/password', { current: PASSWORD, next: next(person.name) })
    expectProblem(answer, 400, 'invalid_password')
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '/body/next', detail: fault }] })
    expect((await attemptSignIn(server, person)).statusCode).toBe(200)
  })

  test('has no rules about its characters, and is the same however an é is typed', async () => {
    const person = await addPerson(server)
    const tab = await signIn(server, person)
    expect((await tab.call('PUT', '/operator/v1/account/password', { current: PASSWORD, next: 'caf\u00e9 caf\u00e9 caf\u00e9' })).statusCode).toBe(204)
    expect((await attemptSignIn(server, { ...person, password: 'cafe\u0301 cafe\u0301 cafe\u0301' })).statusCode).toBe(200)
  })

  test('that somebody else set opens nothing but the choice of another one', async () => {
    const tab = await signInAs(server, 'admin', { passwordIsTemporary: true })
    expect(tab.account.passwordIsTemporary).toBe(true)
    for (const path of ['/operator/v1/projects', '/security/v1/events', '/operator/v1/account/sessions']) {
      expectProblem(await tab.call('GET', path), 403, 'password_change_required')
    }
    expect((await tab.call('PUT', '/operator/v1/account/password', { current: PASSWORD, next: NEXT })).statusCode).toBe(204)
    expect((await tab.call('GET', '/operator/v1/projects')).statusCode).toBe(200)
  })
})

async function setUp(tab: SignedIn): Promise<string> {
  const { secret, uri } = expectJson<{ secret: string; uri: string }>(await tab.call('POST', '/operator/v1/account/totp'), 200)
  expect(uri).toBe(`otpauth://totp/Truetally:${encodeURIComponent(tab.account.name)}?issuer=Truetally&secret=${secret}&algorithm=SHA1&digits=6&period=30`)
  expect((await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), password: PASSWORD })).statusCode).toBe(204)
  return secret
}

describe('the second factor', () => {
  test('waits for its first code, is then asked for at every sign-in, and is removed with the password', async () => {
    const person = await addPerson(server)
    const tab = await signIn(server, person)
    expectProblem(await tab.call('PUT', '/operator/v1/account/totp', { code: '123456', password: PASSWORD }), 404, 'not_found')
    const secret = await setUp(tab)
    expectProblem(await tab.call('POST', '/operator/v1/account/totp'), 409, 'totp_in_use')
    expectProblem(await tab.call('PUT', '/operator/v1/account/totp', { code: '123456', password: PASSWORD }), 409, 'totp_in_use')

    server.clock.now += 60_000
    expectProblem(await attemptSignIn(server, person), 401, 'totp_required')
    expectProblem(await attemptSignIn(server, person, { code: '000000' }), 401, 'sign_in_failed')
    expectProblem(await attemptSignIn(server, { ...person, password: 'not this one, no' }, { code: totpCode(secret, server.clock.now) }), 401, 'sign_in_failed')
    const again = await attemptSignIn(server, person, { code: ` ${totpCode(secret, server.clock.now).replace(/(?<=^...)/, ' ')} ` })
    expect(again.json()).toMatchObject({ totp: true })

    expectProblem(await tab.call('POST', '/operator/v1/account/totp/remove', { password: 'not this one, no' }), 400, 'password_wrong')
    expect((await tab.call('POST', '/operator/v1/account/totp/remove', { password: PASSWORD })).statusCode).toBe(204)
    expect((await attemptSignIn(server, person)).json()).toMatchObject({ totp: false })
    expect((await audited(tab.account.actor)).map(({ action }) => action)).toEqual([
      'account.sign-in', 'account.enable-totp', 'account.sign-in', 'account.disable-totp', 'account.sign-in'])
  })

  test('is set up by who knows the password, and ends the other sessions', async () => {
    const person = await addPerson(server)
    const [here, there] = [await signIn(server, person), await signIn(server, person)]
    const { secret } = (await here.call('POST', '/operator/v1/account/totp')).json<{ secret: string }>()
    const confirm = async (shown: object) => await here.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), ...shown })
    expectProblem(await confirm({}), 400, 'invalid_request')
    for (let n = 0; n < 5; n += 1) expectProblem(await confirm({ password: `wrong ${n}` }), 400, 'password_wrong')
    expectProblem(await confirm({ password: PASSWORD }), 429, 'sign_in_locked')
    expect([await alive(there), (await here.call('GET', '/operator/v1/account')).json<{ totp: boolean }>().totp]).toEqual([true, false])
    server.clock.now += 31_000
    expect((await confirm({ password: PASSWORD })).statusCode).toBe(204)
    expect([await alive(here), await alive(there)]).toEqual([true, false])
    expect((await audited(here.account.actor)).at(-1)).toMatchObject({ action: 'account.enable-totp', before: { totp: false }, after: { totp: true, sessionsEnded: 1 } })
  })

  test('is not asked for before it was confirmed, and another secret replaces one that was not', async () => {
    const person = await addPerson(server)
    const tab = await signIn(server, person)
    const { secret: first } = (await tab.call('POST', '/operator/v1/account/totp')).json<{ secret: string }>()
    expect((await attemptSignIn(server, person)).statusCode).toBe(200)
    const { secret } = (await tab.call('POST', '/operator/v1/account/totp')).json<{ secret: string }>()
    expectProblem(await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(first, server.clock.now), password: PASSWORD }), 400, 'totp_code_wrong')
    expect((await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), password: PASSWORD })).statusCode).toBe(204)
  })

  test.each([[-30, 200], [30, 200], [-60, 401], [60, 401]])('takes a code %s seconds off: %s', async (seconds, status) => {
    const person = await addPerson(server)
    const secret = await setUp(await signIn(server, person))
    server.clock.now += 120_000
    expect((await attemptSignIn(server, person, { code: totpCode(secret, server.clock.now + seconds * 1000) })).statusCode).toBe(status)
  })

  test('lies sealed in the database', async () => {
    const person = await addPerson(server)
    const secret = await setUp(await signIn(server, person))
    const { rows: [row] } = await server.app.db.query<{ text: string }>('select o::text as text from operators o where operator_id = $1', [person.id])
    expect(row?.text).not.toContain(secret)
    expect(row?.text).not.toContain(Buffer.from(secret).toString('hex'))
    expect(row?.text).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
  })
})

describe('sessions', () => {
  test('are listed, and ended one by one or everywhere', async () => {
    const person = await addPerson(server, 'viewer')
    const phone = await signIn(server, person, { from: '203.0.113.5', headers: { 'user-agent': `Phone ${'x'.repeat(400)}` } })
    const [here, third] = [await signIn(server, person, { headers: { 'user-agent': 'Here\u0000' } }), await signIn(server, person)]
    const stranger = await signInAs(server, 'admin')
    const { sessions } = (await here.call('GET', '/operator/v1/account/sessions')).json<{ sessions: { id: string; current: boolean; ipAddress: string; userAgent: string }[] }>()
    expect(sessions).toHaveLength(3)
    expect(sessions.filter(({ current }) => current)).toMatchObject([{ userAgent: 'Here', ipAddress: '192.0.2.10', expiresAt: server.clock.now + 12 * 3_600_000 }])
    const { id = '', userAgent } = sessions.find(({ ipAddress }) => ipAddress === '203.0.113.5') ?? {}
    expect(userAgent).toHaveLength(300)

    expectProblem(await stranger.call('DELETE', `/operator/v1/account/sessions/${id}`), 404, 'not_found')
    expect((await here.call('DELETE', `/operator/v1/account/sessions/${id}`)).statusCode).toBe(204)
    expectProblem(await here.call('DELETE', `/operator/v1/account/sessions/${id}`), 404, 'not_found')
    expect([await alive(phone), await alive(here), await alive(third)]).toEqual([false, true, true])

    const { token } = (await here.call('POST', '/operator/v1/account/tokens', { name: 'mine', role: 'viewer', expiresAt: server.clock.now + 1e6, password: PASSWORD })).json<{ token: string }>()
    const script = new Operator(server, `Bearer ${token}`)
    expect((await script.call('GET', '/operator/v1/account')).statusCode).toBe(200)
    const everywhere = await here.call('DELETE', '/operator/v1/account/sessions')
    expect([everywhere.statusCode, everywhere.headers['set-cookie']]).toEqual([204, expect.stringContaining('Max-Age=0')])
    expect([await alive(here), await alive(third), await alive(stranger)]).toEqual([false, false, true])
    expectProblem(await script.call('GET', '/operator/v1/account'), 401, 'operator_token_invalid')
    expect((await audited(here.account.actor)).at(-1)).toMatchObject({ action: 'account.sign-out-everywhere', after: { sessionsEnded: 2, tokensRevoked: 1 } })
  })
})

test('tokens change nothing about how somebody signs in', async () => {
  const tab = await signInAs(server, 'admin')
  const { token } = (await tab.call('POST', '/operator/v1/account/tokens', { name: 'mine', role: 'admin', expiresAt: server.clock.now + 1e6, password: PASSWORD })).json<{ token: string }>()
  for (const authorization of [server.operators.admin, `Bearer ${token}`]) {
    for (const [method, path, payload] of [
      ['PUT', '/password', { current: PASSWORD, next: NEXT }], ['POST', '/totp', undefined], ['PUT', '/totp', { code: '123456', password: PASSWORD }], ['POST', '/totp/remove', { password: PASSWORD }],
      ['DELETE', '/sessions', undefined], ['DELETE', '/sessions/1', undefined], ['POST', '/tokens', { name: 'x', role: 'viewer', expiresAt: server.clock.now + 1e6, password: PASSWORD }], ['DELETE', '/tokens/1', undefined],
    ] as const) {
      const answer = await server.app.inject({ method, url: `/api/operator/v1/account${path}`, headers: { authorization }, ...(payload === undefined ? {} : { payload }) })
      expectProblem(answer, 409, 'session_required')
    }
  }
  expect(await alive(tab)).toBe(true)
})

const namesFor = async (tab: SignedIn): Promise<string[]> =>
  (await tab.call('GET', '/operator/v1/actors')).json<{ actors: { name: string }[] }>().actors.map(({ name }) => name)

describe('other people', () => {
  let admin: SignedIn
  const patch = async (id: number | string, body: object, by: SignedIn = admin) => await by.call('PATCH', `/operator/v1/operators/${id}`, body)

  beforeAll(async () => {
    admin = await signInAs(server, 'admin')
  })

  test('are added with a password that is shown once, and choose their own', async () => {
    const made = expectJson<WireOperator & { password: string }>(await admin.call('POST', '/operator/v1/operators', { name: '  Grace Hopper ', role: 'moderator' }), 201)
    expect(made).toMatchObject({ name: 'Grace Hopper', role: 'moderator', projectId: null, passwordIsTemporary: true, createdBy: admin.account.actor, lastSeenAt: null, disabledAt: null })
    expect(made.password).toMatch(/^[a-z\d]{5}(-[a-z\d]{5}){3}$/)
    expectProblem(await admin.call('POST', '/operator/v1/operators', { name: 'GRACE hopper', role: 'viewer' }), 409, 'operator_exists')
    const tab = await signIn(server, { name: 'Grace Hopper', password: made.password })
    expect((await tab.call('PUT', '/operator/v1/account/password', { current: made.password, next: NEXT })).statusCode).toBe(204)
    const listed = (await admin.call('GET', '/operator/v1/operators')).json<{ operators: WireOperator[] }>().operators.find(({ id }) => id === made.id)
    expect(listed).toMatchObject({ passwordIsTemporary: false, lastSeenAt: server.clock.now })
    expect(JSON.stringify(await audited(made.actor))).not.toContain(made.password)
    expect((await audited(made.actor))[0]).toMatchObject({ action: 'operator.create', actor: admin.account.actor, after: { name: 'Grace Hopper', role: 'moderator' } })
  })

  test.each(['', '   ', 'x'.repeat(61), 'tab\there', 'right\u202eto left'])('are not called %j', async (name) => {
    expectProblem(await admin.call('POST', '/operator/v1/operators', { name, role: 'viewer' }), 400, 'invalid_request')
  })

  test('get another role, which ends their sessions', async () => {
    const person = await addPerson(server, 'admin')
    const tab = await signIn(server, person)
    expect((await patch(person.id, { role: 'viewer' })).json()).toMatchObject({ role: 'viewer' })
    expect(await alive(tab)).toBe(false)
    const after = await signIn(server, person)
    expectProblem(await after.call('GET', '/operator/v1/operators'), 403, 'role_insufficient')
    expect((await audited(`account:${person.id}`)).filter(({ action }) => action === 'operator.update')).toMatchObject([{ before: { role: 'admin' }, after: { role: 'viewer', sessionsEnded: 1 } }])
  })

  test('are disabled at once, and enabled again', async () => {
    const person = await addPerson(server, 'viewer')
    const tab = await signIn(server, person)
    expect((await patch(person.id, { disabled: true })).json()).toMatchObject({ disabledAt: server.clock.now })
    expect(await alive(tab)).toBe(false)
    expectProblem(await attemptSignIn(server, person), 401, 'sign_in_failed')
    expect((await patch(person.id, { disabled: false })).json()).toMatchObject({ disabledAt: null })
    expect((await attemptSignIn(server, person)).statusCode).toBe(200)
    expect(await alive(tab)).toBe(false)
  })

  test('who forgot their password, or lost their phone, get back in', async () => {
    const person = await addPerson(server, 'viewer')
    const tab = await signIn(server, person)
    const { secret } = (await tab.call('POST', '/operator/v1/account/totp')).json<{ secret: string }>()
    await tab.call('PUT', '/operator/v1/account/totp', { code: totpCode(secret, server.clock.now), password: PASSWORD })
    for (let n = 0; n < 5; n += 1) await attemptSignIn(server, { ...person, password: 'I think it was this' }, { from: '203.0.113.80' })
    expectProblem(await attemptSignIn(server, person, { from: '203.0.113.80' }), 429, 'sign_in_locked')
    const { password } = expectJson<{ password: string }>(await patch(person.id, { resetPassword: true, resetTotp: true }), 200)
    expectProblem(await attemptSignIn(server, person), 401, 'sign_in_failed')
    const back = await attemptSignIn(server, { ...person, password }, { from: '203.0.113.80' })
    expect(back.json()).toMatchObject({ totp: false, passwordIsTemporary: true })
    expect(await alive(tab)).toBe(false)
    expect((await patch(person.id, { role: 'viewer' })).json()).not.toHaveProperty('password')
  })

  test('do not take away their own access', async () => {
    for (const body of [{ role: 'viewer' }, { disabled: true }, { resetPassword: true }, { project: server.project.key }]) {
      expectProblem(await patch(admin.account.id ?? '', body), 409, 'own_account')
    }
  })

  test('of one project are led by an admin of that project, and by nobody of another', async () => {
    const [mine, theirs] = [await server.addProject(), await server.addProject()]
    const lead = await signInAs(server, 'admin', { projectId: mine.id })
    const [own, foreign, global] = [await addPerson(server, 'viewer', { projectId: mine.id }), await addPerson(server, 'viewer', { projectId: theirs.id }), await addPerson(server, 'viewer')]
    const listed = (await lead.call('GET', '/operator/v1/operators')).json<{ operators: WireOperator[] }>().operators
    expect(listed.map(({ projectId }) => projectId)).toEqual([String(mine.id), String(mine.id)])
    expect((await patch(own.id, { role: 'moderator' }, lead)).statusCode).toBe(200)
    for (const { id } of [foreign, global]) expectProblem(await patch(id, { disabled: true }, lead), 404, 'not_found')
    expectProblem(await patch(own.id, { project: theirs.key }, lead), 404, 'unknown_project')
    expectProblem(await patch(own.id, { project: null }, lead), 403, 'role_insufficient')
    expectProblem(await lead.call('POST', '/operator/v1/operators', { name: 'everywhere', role: 'viewer' }), 403, 'role_insufficient')
    expect((await lead.call('POST', '/operator/v1/operators', { name: 'only here', role: 'admin', project: mine.key })).json()).toMatchObject({ projectId: String(mine.id) })
    expect((await patch(own.id, { project: theirs.key })).json()).toMatchObject({ projectId: String(theirs.id) })
    expect(await namesFor(lead)).toEqual(expect.arrayContaining([lead.account.name, global.name]))
    expect(await namesFor(lead)).not.toContain(foreign.name)
    expect(await namesFor(admin)).toContain(foreign.name)
  })

  test('are named for whoever reads a log, tokens among them', async () => {
    const { actors } = expectJson<{ actors: { actor: string; name: string }[] }>(await new Operator(server, server.operators.viewer).call('GET', '/operator/v1/actors'), 200)
    expect(actors).toContainEqual({ actor: admin.account.actor, name: admin.account.name })
    expect(actors).toContainEqual({ actor: expect.stringMatching(/^operator:\d+$/), name: 'a viewer' })
  })
})
