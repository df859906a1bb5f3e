import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

const PATH = '/moderation/v1/blocks'
const SUB_UUID = '0d8f1c6e-55a1-4c3b-9a59-1f0e5a6b7c8d'

let server: TestApp
let project: TestProject
let moderator: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project)
})

interface BlockAnswer {
  id: string
  kind: string
  value: string
}
const soon = (): number => Date.now() + 3_600_000
const ask = (kind: string, value: string, rest: object = {}) =>
  moderator.call('POST', PATH, { project: project.key, kind, value, reason: 'a flood', expiresAt: soon(), ...rest })
const block = async (kind: string, value: string, rest: object = {}): Promise<BlockAnswer> => expectJson(await ask(kind, value, rest), 201)
const lift = (id: string) => moderator.call('DELETE', `${PATH}/${id}?project=${project.key}`)
const list = async (): Promise<BlockAnswer[]> =>
  expectJson<{ blocks: BlockAnswer[] }>(await moderator.call('GET', `${PATH}?project=${project.key}`), 200).blocks

describe('what a block is', () => {
  test.each([
    ['ip', '198.51.100.9', '198.51.100.9'],
    ['ip', '::ffff:198.51.100.9', '198.51.100.9'],
    ['ip', '2001:DB8:0:0::1', '2001:db8::1'],
    ['network', '198.51.100.77/24', '198.51.100.0/24'],
    ['network', '2001:db8:1:2:3::/64', '2001:db8:1:2::/64'],
    ['fingerprint', 'abcdef0123456789', 'abcdef0123456789'],
    ['device', '00000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-000000000000'],
    ['user', 'usr_12345678', 'usr_***'],
    ['user', 'ada@example.com', 'a***a@example.com'],
    ['origin', 'https://Shop.Example', 'https://shop.example'],
    ['origin', 'https://shop.example:443/', 'https://shop.example'],
  ])('%s %s is shown as %s', async (kind, value, shown) => {
    const made = await block(kind, value)
    expect(made).toEqual({
      id: expect.stringMatching(/^\d+$/), kind, value: shown, covers: 'widget', reason: 'a flood', actor: 'a moderator',
      createdAt: expect.any(Number), expiresAt: expect.any(Number),
    })
    expect(await list()).toEqual([made])
  })

  test('the key of the project itself can be blocked, another’s not', async () => {
    expect((await block('api_key', project.key)).value).toBe(project.key)
    expectProblem(await ask('api_key', server.project.key), 400, 'invalid_block')
  })

  test.each([
    ['ip', '198.51.100'], ['ip', '198.51.100.0/24'], ['ip', 'localhost'], ['network', '198.51.100.9'], ['network', '0.0.0.0/0'],
    ['network', '::/3'], ['fingerprint', 'short'], ['fingerprint', 'has spaces in it'], ['device', 'not-a-uuid'], ['origin', 'shop.example'],
    ['origin', 'https://shop.example/path'], ['origin', 'https://*.example.com'], ['origin', 'https://a b'], ['api_key', 'pk_other'],
  ])('%s %s is refused', async (kind, value) => {
    expectProblem(await ask(kind, value), 400, 'invalid_block')
    expect(await list()).toEqual([])
  })

  test.each<[string, object]>([
    ['an unknown kind', { kind: 'country' }], ['no value', { value: '' }], ['no reason', { reason: '' }],
    ['an expiry that is no number', { expiresAt: 'tomorrow' }], ['another field', { forever: true }],
  ])('%s is refused', async (_title, wrong) => {
    expectProblem(await ask('ip', '198.51.100.9', wrong), 400, 'invalid_request')
  })

  test('an expiry in the past is refused', async () => {
    expectProblem(await ask('ip', '198.51.100.9', { expiresAt: server.clock.now }), 400, 'invalid_block')
  })

  test('the latest instant there is expires then', async () => {
    expect(await block('ip', '198.51.100.9', { expiresAt: 8_640_000_000_000_000 })).toMatchObject({ expiresAt: 8_640_000_000_000_000 })
    expectProblem(await new Visitor(server, { project, ip: '198.51.100.9' }).start(), 403, 'blocked')
  })

  test('text that PostgreSQL cannot hold is cleaned, not an accident', async () => {
    expect(await block('user', 'usr_\0nul\ud800and more', { reason: 'nul \0 here' })).toMatchObject({ reason: 'nul  here' })
  })

  test('the user’s id is nowhere to be read, in the answer or the table', async () => {
    await block('user', 'customer-4711-with-a-long-name')
    const { rows } = await server.app.db.query('select * from blocks where project_id = $1', [project.id])
    expect(JSON.stringify([rows, await list()])).not.toContain('4711-with')
  })
})

describe('one block at a time', () => {
  test('a second of the same kind and value is a conflict, also written differently, and in another project is not', async () => {
    await block('ip', '198.51.100.9')
    expectProblem(await ask('ip', '198.51.100.9'), 409, 'already_blocked')
    expectProblem(await ask('ip', '::ffff:198.51.100.9'), 409, 'already_blocked')
    const elsewhere = { project: server.project.key, kind: 'ip', value: '198.51.100.9', reason: 'a flood', expiresAt: soon() }
    expect((await moderator.call('POST', PATH, elsewhere)).statusCode).toBe(201)
  })

  test('of ten at the same moment exactly one is made', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask('ip', '198.51.100.9')))
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, ...Array.from({ length: 9 }, () => 409)])
  })

  test('an expired one is gone from the list, stops nobody, cannot be lifted, and can be set again', async () => {
    server.clock.now = Math.max(server.clock.now, Date.now())
    const { id } = await block('ip', '198.51.100.9', { expiresAt: server.clock.now + 300 })
    const visitor = new Visitor(server, { project, ip: '198.51.100.9' })
    expectProblem(await visitor.start(), 403, 'blocked')
    await sleep(350 + Math.max(0, server.clock.now - Date.now()))
    server.clock.now += 400
    expect(await list()).toEqual([])
    expect((await visitor.start()).statusCode).toBe(201)
    expectProblem(await lift(id), 404, 'not_found')
    await block('ip', '198.51.100.9')
    expectProblem(await visitor.start(), 403, 'blocked')
  })

  test('lifting answers 204 once, then 404, and frees the source at once', async () => {
    const { id } = await block('ip', '198.51.100.9')
    const visitor = new Visitor(server, { project, ip: '198.51.100.9' })
    expectProblem(await visitor.start(), 403, 'blocked')
    const stranger = await moderator.call('DELETE', `${PATH}/${id}?project=${server.project.key}`)
    expectProblem(stranger, 404, 'not_found')
    const lifted = await lift(id)
    expect([lifted.statusCode, lifted.body]).toEqual([204, ''])
    expect((await visitor.start()).statusCode).toBe(201)
    expectProblem(await lift(id), 404, 'not_found')
    expectProblem(await lift('9999999999'), 404, 'not_found')
    await block('ip', '198.51.100.9')
  })
})

describe('whom a block stops, at once and on running sessions', () => {
  test.each<[string, (visitor: Visitor) => Promise<string> | string]>([
    ['ip', () => '203.0.113.7'],
    ['network', () => '203.0.113.0/24'],
    ['origin', () => 'https://shop.example'],
    ['api_key', () => project.key],
    ['device', async () => (await moderator.votes()).votes[0]?.voter ?? ''],
    ['fingerprint', () => 'abcdef0123456789'],
  ])('%s', async (kind, valueOf) => {
    const visitor = new Visitor(server, { project })
    const fingerprint = 'abcdef0123456789'
    expect((await visitor.vote(project.items[0], 1, { fingerprint })).statusCode).toBe(200)
    const { id } = await block(kind, await valueOf(visitor))
    expectProblem(await visitor.vote(project.items[1], 1, { fingerprint }), 403, 'blocked')
    expectProblem(await visitor.call('POST', '/feedback', { kind: 'idea', title: 'Let me in', session: visitor.session, fingerprint }), 403, 'blocked')
    await lift(id)
    expect((await visitor.vote(project.items[1], 1, { fingerprint })).statusCode).toBe(200)
  })

  test.each([
    ['a word', 'usr_mallory', 'usr***'],
    ['a UUID, as many customers use', SUB_UUID, `${SUB_UUID.slice(0, 8)}***`],
  ])('a user whose id is %s', async (_title, sub, shown) => {
    const visitor = new Visitor(server, { project, userToken: await signUserToken(server, sub, { project }) })
    expect((await visitor.vote(project.items[0])).statusCode).toBe(200)
    expect((await block('user', sub)).value).toBe(shown)
    expectProblem(await visitor.vote(project.items[1]), 403, 'blocked')
    expectProblem(await visitor.start(), 403, 'blocked')
    expect((await new Visitor(server, { project }).vote(project.items[0])).statusCode).toBe(200)
  })

  test('a user named by the voter id of the vote list', async () => {
    const visitor = new Visitor(server, { project, userToken: await signUserToken(server, 'usr_trent', { project }) })
    await visitor.vote(project.items[0])
    const [vote] = (await moderator.votes({ tier: 'verified' })).votes
    expect((await block('user', vote?.voter ?? '')).value).toBe(vote?.voter)
    expectProblem(await visitor.vote(project.items[1]), 403, 'blocked')
  })
})
