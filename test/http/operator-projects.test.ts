import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

interface Project {
  id: string
  publicKey: string
  origins: string[]
  identitySecrets: { kid: string; expiresAt: number | null }[]
}
interface Created extends Project {
  kid: string
  identitySecret: string
}

let server: TestApp
let admin: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  admin = new Operator(server, server.operators.admin)
})
afterAll(() => server.close())

const PATH = '/operator/v1/projects'
const create = async (body: object = {}): Promise<Created> => expectJson(await admin.call('POST', PATH, { name: 'Shop', ...body }), 201)
const asTestProject = ({ id, publicKey, kid, identitySecret }: Created): TestProject => ({
  id: Number(id), key: publicKey, items: ['1', '2', '3'], identity: { kid, secret: identitySecret },
})

/** Every text, json and bytea value of every table, as text; bytea also as the bytes it holds. */
async function everythingStored(): Promise<string> {
  const { rows: columns } = await server.app.db.query<{ table: string; column: string; type: string }>(`
    select c.relname as "table", a.attname as "column", format_type(a.atttypid, null) as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and format_type(a.atttypid, null) in ('text', 'bytea', 'jsonb', 'json', 'character varying')`)
  expect(columns.map(({ table, column }) => `${table}.${column}`)).toEqual(expect.arrayContaining(['identity_secrets.sealed_secret', 'projects.name', 'invalidations.request']))
  const stored: string[] = []
  for (const { table, column, type } of columns) {
    const { rows } = await server.app.db.query<{ value: string | Buffer | null }>(
      `select ${type === 'bytea' ? `"${column}"` : `"${column}"::text`} as value from "${table}"`)
    for (const { value } of rows) stored.push(Buffer.isBuffer(value) ? `${value.toString('latin1')} ${value.toString('hex')}` : (value ?? ''))
  }
  return stored.join('\n')
}

describe('creating a project', () => {
  test('answers what the host needs, once, uncached', async () => {
    const answer = await admin.call('POST', PATH, { name: ' Northwind ', origins: ['https://app.northwind.example'] })
    expect(answer.statusCode).toBe(201)
    expect(answer.headers['cache-control']).toBe('no-store')
    const made = answer.json<Created>()
    expect(made).toEqual({
      id: expect.stringMatching(/^\d+$/), publicKey: expect.stringMatching(/^pk_[\w-]{16}$/), name: 'Northwind', mode: 'open', fingerprint: 'consent',
      dedup: 'hold', anonymousShare: null, origins: ['https://app.northwind.example'], kid: expect.stringMatching(/^[0-9a-f]{12}$/),
      identitySecret: expect.stringMatching(/^sk_[\w-]{43}$/), createdAt: expect.any(Number),
      identitySecrets: [{ kid: made.kid, createdAt: expect.any(Number), expiresAt: null }],
    })
    const list = await admin.call('GET', PATH)
    expect(list.json<{ projects: Project[] }>().projects.map(({ id }) => id)).toContain(made.id)
    expect(list.body).not.toContain('sk_')
  })

  test('the secret works at once, and stands nowhere in the database in clear', async () => {
    const made = await create({ origins: ['https://shop.example'] })
    const rotated = expectJson<{ identitySecret: string }>(await admin.call('POST', `${PATH}/${made.id}/identity-secrets`, {}), 201)
    const project = asTestProject(made)
    const visitor = new Visitor(server, { project, userToken: await signUserToken(server, 'usr_1', { project }) })
    expect((await visitor.start()).json()).toMatchObject({ verified: true })

    const stored = await everythingStored()
    expect(stored).toContain(made.publicKey)
    for (const secret of [made.identitySecret, rotated.identitySecret]) {
      const bare = secret.slice('sk_'.length)
      for (const form of [secret, bare, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64').slice(0, 40), Buffer.from(bare, 'base64url').toString('hex')]) {
        expect(stored.includes(form), 'a secret is stored in clear').toBe(false)
      }
    }
    for (const token of Object.values(server.operators)) expect(stored.includes(token.slice('Bearer '.length))).toBe(false)
  })

  test.each([
    ['https://App.Example', 'https://app.example'], ['https://app.example:443/', 'https://app.example'], ['http://localhost:3000', 'http://localhost:3000'],
    ['https://*.Example.com', 'https://*.example.com'], ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ])('the origin %s is kept as %s', async (given, kept) => {
    expect((await create({ origins: [given] })).origins).toEqual([kept])
  })

  test.each([
    'app.example.com', 'https://app.example/path', 'https://app.example?x', '*', 'https://*', 'https://*.com', 'https://a.*.example.com', 'https://app*.example.com',
    'ftp://app.example', 'https://user@app.example', 'javascript:alert(1)', 'https://', 'null    ', 'http://*.example.com', 'https://*.1.2.3.4',
  ])('the origin %s is refused, by its place', async (origin) => {
    const answer = await admin.call('POST', PATH, { name: 'Shop', origins: ['https://fine.example', origin] })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '/body/origins/1' }] })
  })

  test.each<[string, object]>([
    ['no name', {}], ['a blank name', { name: '  ' }], ['an unknown mode', { name: 'x', mode: 'closed' }], ['a secret of one’s own', { name: 'x', identitySecret: 'sk_mine' }],
    ['origins that are no list', { name: 'x', origins: 'https://a.example' }],
  ])('%s is refused', async (_title, body) => {
    expectProblem(await admin.call('POST', PATH, body), 400, 'invalid_request')
  })

  test('a name PostgreSQL cannot hold is cleaned', async () => {
    const { id } = await create({ name: 'a\0b' })
    expect((await admin.call('PATCH', `${PATH}/${id}`, { name: 'c\0d \ud800' })).json()).toMatchObject({ name: 'cd \ufffd' })
  })
})

describe('changing a project', () => {
  test('new origins count from the answer on, and the old ones do not', async () => {
    const made = await create({ origins: ['https://old.example'] })
    const project = asTestProject(made)
    const from = (origin: string) => new Visitor(server, { project, origin }).start()
    expect((await from('https://old.example')).statusCode).toBe(201)
    expectProblem(await from('https://new.example'), 403, 'origin_not_allowed')

    const changed = await admin.call('PATCH', `${PATH}/${made.id}`, { origins: ['https://new.example', 'https://*.new.example', 'https://new.example/'] })
    expect(changed.json<Project>().origins.toSorted()).toEqual(['https://*.new.example', 'https://new.example'])
    expect((await from('https://new.example')).statusCode).toBe(201)
    expect((await from('https://eu.new.example')).statusCode).toBe(201)
    expectProblem(await from('https://old.example'), 403, 'origin_not_allowed')
  })

  test('a project that is left without origins shows no page its board and takes no session', async () => {
    const made = await create({ origins: ['https://gone.example'] })
    const visitor = new Visitor(server, { project: asTestProject(made), origin: 'https://gone.example' })
    expect((await visitor.call('GET', '/board')).statusCode).toBe(200)
    expect(expectJson<Project>(await admin.call('PATCH', `${PATH}/${made.id}`, { origins: [] }), 200).origins).toEqual([])
    expectProblem(await visitor.call('GET', '/board'), 403, 'origin_not_allowed')
    expectProblem(await visitor.start(), 403, 'origin_not_allowed')
  })

  test('a bad origin changes nothing of the rest', async () => {
    const { id } = await create({ name: 'Before', origins: ['https://old.example'] })
    const answer = await admin.call('PATCH', `${PATH}/${id}`, { name: 'After', origins: ['nowhere'] })
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: '/body/origins/0' }] })
    expect((await admin.call('PATCH', `${PATH}/${id}`, {})).json()).toMatchObject({ name: 'Before', origins: ['https://old.example'] })
  })

  test('mode and fingerprint show on the board, and verified takes only signed-in votes', async () => {
    const project = await server.addProject()
    const visitor = new Visitor(server, { project })
    expect((await visitor.vote(project.items[0])).statusCode).toBe(200)
    await admin.call('PATCH', `${PATH}/${project.key}`, { mode: 'verified', fingerprint: 'off' })
    expect((await visitor.call('GET', '/board')).json()).toMatchObject({ project: { mode: 'verified', fingerprint: 'off' } })
    expectProblem(await visitor.vote(project.items[1]), 401, 'verification_required')
  })

  test.each(['9999999999', 'pk_nobody'])('of an unknown project %s is a 404', async (id) => {
    expectProblem(await admin.call('PATCH', `${PATH}/${id}`, { name: 'x' }), 404, 'unknown_project')
    expectProblem(await admin.call('POST', `${PATH}/${id}/identity-secrets`, {}), 404, 'unknown_project')
  })
})

const rotate = async (id: string, body?: object) =>
  expectJson<{ kid: string; identitySecret: string; previous: { kid: string; expiresAt: number }[] }>(
    await admin.call('POST', `${PATH}/${id}/identity-secrets`, body), 201)
const accepts = async (made: Created, identity: { kid: string; secret: string }): Promise<number> => {
  const project = { ...asTestProject(made), identity }
  const userToken = await signUserToken(server, 'usr_1', { project })
  return (await new Visitor(server, { project, userToken }).start()).statusCode
}

describe('rotating the identity secret', () => {
  test('both secrets are valid during the overlap, and the old one not after it', async () => {
    server.clock.now = Math.max(server.clock.now, Date.now())
    const made = await create({ origins: ['https://shop.example'] })
    const old = { kid: made.kid, secret: made.identitySecret }
    const next = await rotate(made.id, { overlapSeconds: 60 })
    expect(next.previous).toEqual([{ kid: made.kid, expiresAt: server.clock.now + 60_000 }])
    const fresh = { kid: next.kid, secret: next.identitySecret }
    expect([await accepts(made, old), await accepts(made, fresh)]).toEqual([201, 201])
    server.clock.now += 60_001
    expect([await accepts(made, old), await accepts(made, fresh)]).toEqual([401, 201])
  })

  test('without a body the overlap is a day; with 0 the old one ends now, also for tokens seen before', async () => {
    const made = await create({ origins: ['https://shop.example'] })
    const old = { kid: made.kid, secret: made.identitySecret }
    const first = await rotate(made.id)
    expect(first.previous[0]?.expiresAt).toBe(server.clock.now + 86_400_000)
    expect(await accepts(made, old)).toBe(201)
    // 0 means now by the server’s clock; it may not lie in the database’s future.
    server.clock.now = Math.min(server.clock.now, Date.now())
    const second = await rotate(made.id, { overlapSeconds: 0 })
    expect(second.previous).toEqual([])
    await sleep(2)
    expect(await accepts(made, old)).toBe(401)
    expect(await accepts(made, { kid: first.kid, secret: first.identitySecret })).toBe(401)
    expect(await accepts(made, { kid: second.kid, secret: second.identitySecret })).toBe(201)
  })

  test('of five at the same moment one secret is current, and the list shows no secret', async () => {
    const made = await create()
    const answers = await Promise.all(Array.from({ length: 5 }, () => admin.call('POST', `${PATH}/${made.id}/identity-secrets`, { overlapSeconds: 600 })))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201, 201, 201])
    const project = (await admin.call('PATCH', `${PATH}/${made.id}`, {})).json<Project>()
    expect(project.identitySecrets).toHaveLength(6)
    expect(project.identitySecrets.filter(({ expiresAt }) => expiresAt === null)).toHaveLength(1)
    expect(JSON.stringify(project)).not.toContain('sk_')
  })

  test.each([-1, 31 * 86_400, 1.5, '60'])('an overlap of %s is refused', async (overlapSeconds) => {
    expectProblem(await admin.call('POST', `${PATH}/${server.project.id}/identity-secrets`, { overlapSeconds }), 400, 'invalid_request')
  })
})

test.each(['/operator/v1/projects', '/moderation/v1/votes?project=1', '/security/v1/events'])('a page on another origin is granted nothing of %s', async (path) => {
  for (const method of ['GET', 'OPTIONS'] as const) {
    const answer = await server.app.inject({
      method, url: `/api${path}`,
      headers: { origin: 'https://shop.example', authorization: server.operators.admin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
    })
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  }
})
