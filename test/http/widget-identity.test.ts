/** User tokens: which are taken, what a refused one is called, and what the ledger may know of it. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newIdentitySecret } from '../../db/create-project.ts'
import { rotateIdentitySecret } from '../../db/queries/projects.ts'
import { inTransaction } from '../../db/queryable.ts'
import type { Severity } from '../../server/contract/primitives.ts'
import { type TestApp, type TestProject, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem, signUserToken } from '../helpers/visitor.ts'

const SUB = 'usr_1234567890'
const EMAIL = 'jane.doe@example.com'

let app: TestApp
let seconds: number
beforeAll(async () => {
  app = await startApp()
  seconds = Math.floor(app.clock.now / 1000)
})
afterAll(() => app.close())

/** A token put together by hand, for what no library would sign. */
function forge(header: object, claims: object, signature: (input: string) => Buffer): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${signature(input).toString('base64url')}`
}
const claimsFor = (project: TestProject): object => ({ sub: SUB, email: EMAIL, aud: project.key, iat: seconds, exp: seconds + 300 })
const hmac = (algorithm: string, key: string | Buffer) => (input: string) => createHmac(algorithm, key).update(input).digest()
const unsigned = (): Buffer => Buffer.alloc(0)
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

interface Refusal {
  title: string
  token(project: TestProject): string | Promise<string>
  severity: Severity
  message: string
  code?: 'user_token_expired'
}
const withClaims = (claims: Record<string, unknown>) => (project: TestProject): Promise<string> =>
  signUserToken(app, SUB, { project, claims: { email: EMAIL, ...claims } })

const NONE = 'Invalid algorithm: none - possible algorithm attack'
const REFUSALS: Refusal[] = [
  { title: 'the algorithm none', severity: 'critical', message: NONE, token: (p) => forge({ alg: 'none', typ: 'JWT' }, claimsFor(p), unsigned) },
  { title: 'the algorithm nOnE', severity: 'critical', message: NONE, token: (p) => forge({ alg: 'nOnE' }, claimsFor(p), unsigned) },
  {
    title: 'the algorithm none and a real signature', severity: 'critical', message: NONE,
    token: (p) => forge({ alg: 'none' }, claimsFor(p), hmac('sha256', p.identity.secret)),
  },
  {
    title: 'RS256 by a key of the attacker’s', severity: 'high', message: 'Invalid algorithm: RS256 - only HS256 is accepted',
    token: (p) => forge({ alg: 'RS256' }, claimsFor(p), (input) => sign('sha256', Buffer.from(input), rsa.privateKey)),
  },
  {
    title: 'HS512 by the right secret', severity: 'high', message: 'Invalid algorithm: HS512 - only HS256 is accepted',
    token: (p) => forge({ alg: 'HS512', kid: p.identity.kid }, claimsFor(p), hmac('sha512', p.identity.secret)),
  },
  {
    title: 'HS256 keyed with a public key', severity: 'high', message: 'Invalid signature',
    token: (p) => forge({ alg: 'HS256' }, claimsFor(p), hmac('sha256', rsa.publicKey.export({ type: 'spki', format: 'pem' }))),
  },
  {
    title: 'HS256 keyed with the public project key', severity: 'high', message: 'Invalid signature',
    token: (p) => signUserToken(app, SUB, { project: p, secret: p.key, claims: { email: EMAIL } }),
  },
  {
    title: 'no algorithm', severity: 'high', message: 'Invalid algorithm: missing - only HS256 is accepted',
    token: (p) => forge({ typ: 'JWT' }, claimsFor(p), hmac('sha256', p.identity.secret)),
  },
  {
    title: 'claims changed after signing', severity: 'high', message: 'Invalid signature',
    token: async (p) => {
      const [header, , signature] = (await signUserToken(app, 'usr_somebody', { project: p })).split('.')
      return [header, Buffer.from(JSON.stringify(claimsFor(p))).toString('base64url'), signature].join('.')
    },
  },
  {
    title: 'a kid nobody knows', severity: 'high', message: 'Invalid signature',
    token: (p) => signUserToken(app, SUB, { project: p, header: { kid: 'ffffffffffff' }, claims: { email: EMAIL } }),
  },
  {
    title: 'a kid that is a path and SQL', severity: 'high', message: 'Invalid signature',
    token: (p) => signUserToken(app, SUB, { project: p, header: { kid: `../../dev/null' or '1'='1` }, claims: { email: EMAIL } }),
  },
  {
    title: 'a critical header this server does not know', severity: 'medium', message: 'Malformed token',
    token: (p) => forge({ alg: 'HS256', crit: ['x'], x: 1 }, claimsFor(p), hmac('sha256', p.identity.secret)),
  },
  {
    title: 'an expiry in the past', severity: 'low', message: 'Token expired', code: 'user_token_expired',
    token: (p) => withClaims({ iat: seconds - 900, exp: seconds - 600 })(p),
  },
  { title: 'another project’s audience', severity: 'medium', message: 'Invalid audience', token: (p) => withClaims({ aud: 'pk_elsewhere' })(p) },
  { title: 'no sub', severity: 'medium', message: 'Missing required fields', token: (p) => withClaims({ sub: undefined })(p) },
  { title: 'an empty sub', severity: 'medium', message: 'Missing required fields', token: (p) => withClaims({ sub: '' })(p) },
  { title: 'a number for a sub', severity: 'medium', message: 'Missing required fields', token: (p) => withClaims({ sub: 7 })(p) },
  { title: 'no exp', severity: 'medium', message: 'Missing required fields', token: (p) => withClaims({ exp: undefined })(p) },
  { title: 'a text for an exp', severity: 'medium', message: 'Missing required fields', token: (p) => withClaims({ exp: 'never' })(p) },
  { title: 'no aud', severity: 'medium', message: 'Missing required fields', token: (p) => withClaims({ aud: undefined })(p) },
  { title: 'a lifetime over a day', severity: 'medium', message: 'Token lifetime too long', token: (p) => withClaims({ exp: seconds + 86_401 })(p) },
  { title: 'a lifetime over a day and no iat', severity: 'medium', message: 'Token lifetime too long', token: (p) => withClaims({ iat: undefined, exp: seconds + 86_401 })(p) },
  { title: 'an iat in the future', severity: 'medium', message: 'Token issued in the future', token: (p) => withClaims({ iat: seconds + 120 })(p) },
  { title: 'an nbf in the future', severity: 'low', message: 'Token not yet valid', token: (p) => withClaims({ nbf: seconds + 120 })(p) },
]

test.each(REFUSALS)('A user token with $title is refused, and the ledger says why', async ({ token, severity, message, code = 'user_token_invalid' }) => {
  const project = await app.addProject()
  const userToken = await token(project)

  expectProblem(await new Visitor(app, { project, userToken }).start(), 401, code)
  const visitor = new Visitor(app, { project })
  const refused = await visitor.vote(project.items[0], 1, { userToken })
  expectProblem(refused, 401, code)
  expect(refused.headers['access-control-allow-origin']).toBe('https://shop.example')
  expectProblem(await visitor.call('POST', '/feedback', { kind: 'bug', title: 'x', session: visitor.session, userToken }), 401, code)

  const events = await readEvents(app, { project: project.key })
  expect(events).toHaveLength(3)
  for (const event of events) expect(event).toMatchObject({ eventType: 'jwt_validation_failed', severity, metadata: { errorMessage: message } })
  expect(await visitor.tally(project.items[0])).toBe(0)
  expect((await visitor.vote(project.items[0])).json()).toMatchObject({ votes: 1 })
})

test.each([
  'x', 'a.b', 'a.b.c', '...', 'a.b.c.d.e', '{}', 'Bearer abc', '%00', '\u0000', '🦊.🦊.🦊', '\ud800.\udfff.x', 'A'.repeat(4096),
  'eyJhbGciOiJIUzI1NiJ9..', 'eyJhbGciOiJIUzI1NiJ9.W10.x', `${'['.repeat(500)}`, 'null.null.null',
])('The text %j is no user token', async (userToken) => {
  const project = await app.addProject()
  expectProblem(await new Visitor(app, { project, userToken }).start(), 401, 'user_token_invalid')
  expect((await readEvents(app, { project: project.key }))[0]).toMatchObject({ eventType: 'jwt_validation_failed' })
})

test('A refused token leaves a masked user and e-mail in the ledger, and nothing of the raw ones anywhere', async () => {
  const project = await app.addProject()
  const userToken = await signUserToken(app, SUB, { project, secret: 'a wrong secret of some length', claims: { email: EMAIL } })
  await new Visitor(app, { project, userToken }).start()
  expect(await readEvents(app, { project: project.key })).toMatchObject([
    { metadata: { endUserId: 'usr_***', endUserEmail: 'j***e@example.com' } },
  ])
  const { rows } = await app.app.db.query<{ row: string }>('select e::text as row from security_events e where project_id = $1', [project.id])
  expect(rows).toHaveLength(1)
  expect(rows[0]?.row).not.toContain(SUB)
  expect(rows[0]?.row).not.toContain('jane.doe')
  expect(rows[0]?.row).not.toContain(userToken.slice(0, 40))
})

test('A counted vote of a verified user keeps no raw id in any table', async () => {
  const project = await app.addProject()
  const visitor = new Visitor(app, { project, userToken: await signUserToken(app, SUB, { project, claims: { email: EMAIL } }) })
  await visitor.vote(project.items[0])
  for (const table of ['votes', 'decisions']) {
    const { rows } = await app.app.db.query<{ row: string }>(`select t::text as row from ${table} t where project_id = $1`, [project.id])
    expect(rows.length).toBeGreaterThan(0)
    for (const { row } of rows) {
      expect(row).not.toContain(SUB)
      expect(row).not.toContain('jane')
    }
  }
})

test('User ids with NUL, lone surrogates, quotes or 255 characters are users like any other', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const subs = ['nul\u0000\u0000\u0000\u0000 id', '\ud83d lone surrogate', `'; drop table votes; --`, '<script>alert(1)</script>', 'x'.repeat(255)]
  for (const [index, sub] of subs.entries()) {
    const answer = await new Visitor(app, { project, userToken: await signUserToken(app, sub, { project }) }).vote(item)
    expect(`${JSON.stringify(sub)} ${answer.statusCode} ${answer.json<{ votes?: number }>().votes}`).toBe(`${JSON.stringify(sub)} 200 ${index + 1}`)
  }
})

test('Tokens within the clock tolerance and the longest lifetime are taken', async () => {
  const project = await app.addProject()
  const [item] = project.items
  for (const claims of [{ iat: seconds + 20 }, { exp: seconds + 86_400 }, { iat: undefined }, { aud: ['other', project.key] }]) {
    const userToken = await signUserToken(app, SUB, { project, claims })
    expect((await new Visitor(app, { project, userToken }).vote(item)).json()).toMatchObject({ votes: 1 })
  }
})

test('A remembered token is refused from the moment it expires', async () => {
  const project = await app.addProject()
  const visitor = new Visitor(app, { project })
  const userToken = await signUserToken(app, SUB, { project, claims: { exp: seconds + 60 } })
  expect((await visitor.vote(project.items[0], 1, { userToken })).statusCode).toBe(200)
  const opened = app.clock.now
  app.clock.now += 91_000
  const late = await visitor.vote(project.items[0], 0, { userToken })
  app.clock.now = opened
  expectProblem(late, 401, 'user_token_expired')
})

/** A new secret; the former one is valid for `overlapMs` more by the test’s clock. */
async function rotate(project: TestProject, overlapMs: number): Promise<TestProject> {
  const secret = newIdentitySecret(app.app.keys.vault, project.key)
  await inTransaction(app.app.db, (client) => rotateIdentitySecret(client, project.id, secret, { now: app.clock.now, overlapUntil: app.clock.now + overlapMs }))
  await app.app.projects.reload()
  return { ...project, identity: { kid: secret.kid, secret: secret.text } }
}

test('During a rotation tokens of both secrets are taken, and after it only the new one’s', async () => {
  const former = await app.addProject()
  const current = await rotate(former, 3_600_000)
  const [item] = former.items
  const startWith = async (project: TestProject) => {
    const userToken = await signUserToken(app, 'usr_rotating', { project })
    return await new Visitor(app, { project: former, userToken }).start()
  }
  expect((await startWith(former)).statusCode).toBe(201)
  expect((await startWith(current)).statusCode).toBe(201)
  // Without a kid the host’s backend leaves it to us which of them it is.
  const noKid = await signUserToken(app, 'usr_rotating', { project: former, header: { kid: undefined } })
  expect((await new Visitor(app, { project: former, userToken: noKid }).vote(item)).json()).toMatchObject({ votes: 1 })

  const opened = app.clock.now
  app.clock.now += 3_600_001
  const [old, fresh] = [await startWith(former), await startWith(current)]
  app.clock.now = opened
  expectProblem(old, 401, 'user_token_invalid')
  expect(fresh.statusCode).toBe(201)
  expect((await readEvents(app, { project: former.key }))[0]).toMatchObject({ severity: 'high', metadata: { errorMessage: 'Invalid signature' } })
})

test('A rotation without overlap ends remembered tokens and running sessions of the old secret at once', async () => {
  const former = await app.addProject()
  const [item] = former.items
  const userToken = await signUserToken(app, 'usr_leaked', { project: former })
  const remembered = new Visitor(app, { project: former })
  expect((await remembered.vote(item, 1, { userToken })).statusCode).toBe(200)
  const running = new Visitor(app, { project: former, userToken })
  expect((await running.vote(item, 1)).statusCode).toBe(200)

  const answer = await app.app.inject({
    method: 'POST', url: `/api/operator/v1/projects/${former.key}/identity-secrets`,
    headers: { authorization: app.operators.admin }, payload: { overlapSeconds: 0 },
  })
  expect(answer.statusCode).toBe(201)

  expectProblem(await remembered.vote(item, 0, { userToken }), 401, 'user_token_invalid')
  expectProblem(await running.vote(item, 0), 401, 'session_expired')
  const { kid, identitySecret } = answer.json<{ kid: string; identitySecret: string }>()
  const current = { ...former, identity: { kid, secret: identitySecret } }
  const renewed = new Visitor(app, { project: former, userToken: await signUserToken(app, 'usr_leaked', { project: current }) })
  expect((await renewed.vote(item, 0)).json()).toMatchObject({ votes: 0 })
})
