/** Sources that a person allowed: nothing automatic acts on them, a person’s block does, and a vote is judged like any other. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AllowedSource } from '../../server/contract/response.ts'
import { defaultResponsePolicy } from '../../server/gate/policies/responses.ts'
import { ORIGIN, type TestApp, type TestProject, blockSource, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { fire } from '../helpers/rule-response.ts'
import { Visitor } from '../helpers/visitor.ts'

const MINUTE = 60_000
const PATH = '/moderation/v1/allowed-sources'
const { rules } = defaultResponsePolicy

let server: TestApp
let project: TestProject
let moderator: Operator
/** Every test has a network of its own. */
let turn = 0
const address = (host = 7): string => `198.51.${turn}.${host}`

beforeAll(async () => {
  server = await startApp({
    requestsPerMinute: 100_000,
    responses: { ...defaultResponsePolicy, rules: { ...rules, invalid_api_key: { ...rules.invalid_api_key, offences: 3 } } },
  })
})
beforeEach(async () => {
  turn += 1
  server.clock.now += 86_400_000
  project = await server.addProject()
  server.project = project
  moderator = new Operator(server)
})
afterAll(() => server.close())

const allow = async (network: string, more: object = {}, operator = moderator): Promise<AllowedSource> =>
  expectJson(await operator.call('POST', PATH, { project: project.key, network, reason: 'the office', ...more }), 201)
const list = async (query = `?project=${project.key}`, operator = moderator): Promise<string[]> =>
  expectJson<{ allowedSources: AllowedSource[] }>(await operator.call('GET', `${PATH}${query}`), 200).allowedSources.map(({ network }) => network)
const board = async (ip = address(), of = project): Promise<number> => (await new Visitor(server, { ip, project: of }).call('GET', '/board')).statusCode
const guessKeys = async (times: number): Promise<number[]> => {
  const statuses: number[] = []
  for (let guess = 0; guess < times; guess += 1) {
    const answer = await server.app.inject({ url: `/api/widget/v1/pk_guess_${turn}_${guess}/board`, remoteAddress: address(), headers: { origin: ORIGIN } })
    statuses.push(answer.statusCode)
  }
  await server.app.responses.settled()
  return statuses
}
const block = (ip = address(), projectId = project.id) =>
  fire(server, { projectId, group: { ipAddress: ip }, actions: [{ type: 'block', target: 'ipAddress', ttl: '30m' }] })

describe('The list', () => {
  test('shows what stands, with who allowed it and why, and no longer what ended', async () => {
    const made = await allow(address(), { expiresAt: server.clock.now + MINUTE })
    expect(made).toEqual({
      id: expect.stringMatching(/^\d+$/) as string, projectId: String(project.id), network: `${address()}/32`, reason: 'the office', actor: 'a moderator',
      createdAt: server.clock.now, expiresAt: server.clock.now + MINUTE,
    })
    const { id } = await allow('2001:db8:1:2::77/64')
    expect(await list()).toEqual(['2001:db8:1:2::/64', `${address()}/32`])
    server.clock.now += MINUTE
    expect(await list()).toEqual(['2001:db8:1:2::/64'])
    await allow(address())
    expect((await moderator.call('DELETE', `${PATH}/${id}?project=${project.key}`)).statusCode).toBe(204)
    expectProblem(await moderator.call('DELETE', `${PATH}/${id}?project=${project.key}`), 404, 'not_found')
    expect(await list()).toEqual([`${address()}/32`])
  })

  test.each<[string, object, number, string]>([
    ['no network', { network: 'the office' }, 400, 'invalid_request'],
    ['everything', { network: '0.0.0.0/0' }, 400, 'invalid_request'],
    ['a time that has passed', { network: '192.0.2.1', expiresAt: 1 }, 400, 'invalid_request'],
    ['no reason', { network: '192.0.2.1', reason: '' }, 400, 'invalid_request'],
    ['a project nobody has', { network: '192.0.2.1', project: 'pk_nobody' }, 404, 'unknown_project'],
  ])('takes no entry with %s', async (_title, body, status, code) =>
    expectProblem(await moderator.call('POST', PATH, { project: project.key, reason: 'the office', ...body }), status, code))

  test('takes a network once per project, however it is written', async () => {
    await allow(`${address(0)}/24`)
    expectProblem(await moderator.call('POST', PATH, { project: project.key, network: `${address()}/24`, reason: 'again' }), 409, 'already_allowed')
    await allow(address())
  })

  test('of every project is for tokens of every project', async () => {
    const own = new Operator(server, await server.operatorToken('moderator', project.id), project)
    expectProblem(await own.call('POST', PATH, { network: address(), reason: 'ours' }), 403, 'role_insufficient')
    const { id, projectId } = expectJson<AllowedSource>(await moderator.call('POST', PATH, { network: address(), reason: 'everybody’s' }), 201)
    expect(projectId).toBeNull()
    expect(await list('', own)).toEqual([])
    expect(await list('')).toContain(`${address()}/32`)
    expect(await list()).toContain(`${address()}/32`)
    expectProblem(await own.call('DELETE', `${PATH}/${id}`), 404, 'not_found')
    expect((await moderator.call('DELETE', `${PATH}/${id}`)).statusCode).toBe(204)
  })
})

describe('An allowed source', () => {
  test('is left alone by rules, and the alert’s timeline says why', async () => {
    await allow(`${address(0)}/24`)
    const { applied, timeline } = await block()
    expect(applied).toEqual([])
    expect(timeline).toMatchObject([{ kind: 'response', detail: { target: address(), because: 'allowed' } }])
    expect(await board()).toBe(200)
  })

  test('is freed of the automatic block that stands, at once, and of a person’s not; taken back, the block holds again', async () => {
    await block()
    expect(await board()).toBe(403)
    const { id } = await allow(address())
    expect(await board()).toBe(200)
    await blockSource(server, project, 'ip', address(), server.clock.now + MINUTE)
    expect(await board()).toBe(403)
    server.clock.now += MINUTE
    expect(await board()).toBe(200)
    await moderator.call('DELETE', `${PATH}/${id}?project=${project.key}`)
    expect(await board()).toBe(403)
  })

  test('in one project is not in another, whatever holds in all of them', async () => {
    const other = await server.addProject()
    await allow(address())
    await block(address(), 0)
    expect([await board(), await board(address(), other)]).toEqual([200, 403])
  })

  test('of every project offends as often as it likes; its neighbour does not', async () => {
    expectJson(await moderator.call('POST', PATH, { network: address(), reason: 'a scanner of ours' }), 201)
    expect(new Set(await guessKeys(10))).toEqual(new Set([401]))
    turn += 1
    expect((await guessKeys(5)).slice(3)).toEqual([403, 403])
  })

  test('keeps its votes when a rule holds those of the whole item, and they are judged like any other', async () => {
    await allow(`${address(0)}/24`)
    const item = project.items[0]
    await new Visitor(server, { ip: address() }).vote(item)
    await new Visitor(server, { ip: '192.0.2.77' }).vote(item)
    const { applied } = await fire(server, { group: { itemId: item }, actions: [{ type: 'hold_votes', ttl: '30m' }] })
    expect(applied).toMatchObject([{ detail: { votes: 1 } }])
    expect(await moderator.columns(item)).toEqual({ counted: 1, held: 1, invalidated: 0 })
    const driven = await new Visitor(server, { ip: address(9) }).vote(item, 1, { signals: { webdriver: true } })
    expect(driven.statusCode).toBe(200)
    expect(await moderator.columns(item)).toMatchObject({ counted: 1, held: 2 })
  })

  test('is known to the other node', async () => {
    const second = await startApp({ databaseUrl: server.databaseUrl, clock: () => server.clock.now })
    try {
      await second.app.projects.reload()
      await block()
      const there = async (): Promise<number> => (await new Visitor(second, { project, ip: address() }).call('GET', '/board')).statusCode
      await expect.poll(there, { interval: 20 }).toBe(403)
      await allow(address())
      await expect.poll(there, { interval: 20 }).toBe(200)
    } finally {
      await second.close()
    }
  })
})
