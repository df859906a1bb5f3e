import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'

const PATH = '/moderation/v1/expected-spikes'
const DAY = 86_400_000

let server: TestApp
let project: TestProject
let moderator: Operator
let item: string
let other: string
let now: number

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += 3_600_000
  now = server.clock.now
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project)
  ;[item, other] = project.items
})

interface Spike {
  id: string
  itemId: string | null
  endedAt: number | null
  endedBy: string | null
}
const ask = (body: object = {}) =>
  moderator.call('POST', PATH, { project: project.key, startsAt: now, endsAt: now + DAY, reason: 'launch day', ...body })
const declare = async (body: object = {}): Promise<Spike> => expectJson(await ask(body), 201)
const end = (id: string) => moderator.call('DELETE', `${PATH}/${id}?project=${project.key}`)
const list = async (): Promise<Spike[]> =>
  expectJson<{ spikes: Spike[] }>(await moderator.call('GET', `${PATH}?project=${project.key}`), 200).spikes
const expected = (itemId: string, at: number): boolean => server.app.cohorts.spikeExpected(project.id, Number(itemId), at)

describe('an expected spike', () => {
  test('of one item is expected of that item, from its start to its end', async () => {
    const made = await declare({ itemId: item, startsAt: now + 1000 })
    expect(made).toEqual({
      id: expect.stringMatching(/^\d+$/), itemId: item, startsAt: now + 1000, endsAt: now + DAY, reason: 'launch day', actor: 'a moderator',
      createdAt: expect.any(Number), endedAt: null, endedBy: null,
    })
    expect(await list()).toEqual([made])
    expect([now + 999, now + 1000, now + DAY - 1, now + DAY].map((at) => expected(item, at))).toEqual([false, true, true, false])
    expect(expected(other, now + 2000)).toBe(false)
  })

  test('without an item is expected of every item of the project, and of no other project', async () => {
    expect((await declare()).itemId).toBeNull()
    const stranger = await server.addProject()
    expect([expected(item, now), expected(other, now)]).toEqual([true, true])
    expect(server.app.cohorts.spikeExpected(stranger.id, Number(stranger.items[0]), now)).toBe(false)
  })

  test('can be told of afterwards, and is still known a day after its end', async () => {
    await declare({ startsAt: now - DAY, endsAt: now - 1000 })
    expect([expected(item, now - DAY), expected(item, now - 1001), expected(item, now - 1000)]).toEqual([true, true, false])
    server.clock.now += DAY
    await server.app.cohorts.reload()
    expect(expected(item, now - 1001)).toBe(true)
    server.clock.now += DAY
    await server.app.cohorts.reload()
    expect(expected(item, now - 1001)).toBe(false)
    expect(await list()).toHaveLength(1)
  })

  test('ends early once; what came before that stays expected', async () => {
    const { id } = await declare({ startsAt: now - 1000 })
    server.clock.now += 1000
    expect((await end(id)).statusCode).toBe(204)
    expect([expected(item, now), expected(item, server.clock.now - 1), expected(item, server.clock.now)]).toEqual([true, true, false])
    expect(await list()).toEqual([expect.objectContaining({ endsAt: now + DAY, endedAt: server.clock.now, endedBy: 'a moderator' })])
    expectProblem(await end(id), 404, 'not_found')
  })

  test('ended before it began never was', async () => {
    const { id } = await declare({ startsAt: now + 1000 })
    await end(id)
    expect(expected(item, now + 2000)).toBe(false)
  })

  test('that is over, of another project, or unknown cannot be ended', async () => {
    const { id } = await declare({ startsAt: now - 2000, endsAt: now })
    expectProblem(await end(id), 404, 'not_found')
    const running = await declare()
    const stranger = await server.addProject()
    expectProblem(await moderator.call('DELETE', `${PATH}/${running.id}?project=${stranger.key}`), 404, 'not_found')
    expectProblem(await end('9999999999'), 404, 'not_found')
    expect(expected(item, now)).toBe(true)
  })

  test('is known to another node', async () => {
    const second = await startApp({ databaseUrl: server.databaseUrl, clock: () => server.clock.now })
    try {
      const { id } = await declare()
      const there = () => second.app.cohorts.spikeExpected(project.id, Number(item), server.clock.now)
      await expect.poll(there, { interval: 20 }).toBe(true)
      await end(id)
      await expect.poll(there, { interval: 20 }).toBe(false)
    } finally {
      await second.close()
    }
  })

  test.each<[string, (at: number) => object, number, string]>([
    ['ends when it starts', (at) => ({ endsAt: at }), 400, 'invalid_request'],
    ['lasts longer than 14 days', (at) => ({ endsAt: at + 14 * DAY + 1 }), 400, 'invalid_request'],
    ['has no reason', () => ({ reason: '' }), 400, 'invalid_request'],
    ['has no start', () => ({ startsAt: undefined }), 400, 'invalid_request'],
    ['starts at a fraction', (at) => ({ startsAt: at + 0.5 }), 400, 'invalid_request'],
    ['is of an item that is none', () => ({ itemId: '2000000000' }), 404, 'unknown_item'],
    ['is of an item of another project', () => ({ itemId: server.project.items[0] }), 404, 'unknown_item'],
    ['has another field', () => ({ always: true }), 400, 'invalid_request'],
  ])('that %s is refused', async (_title, wrong, status, code) => {
    expectProblem(await ask(wrong(now)), status, code)
    expect(await list()).toEqual([])
  })

  test('of exactly 14 days is taken, and so are the earliest and the latest instant', async () => {
    await declare({ endsAt: now + 14 * DAY })
    await declare({ startsAt: 0, endsAt: DAY })
    await declare({ startsAt: 8_640_000_000_000_000 - DAY, endsAt: 8_640_000_000_000_000 })
    expect(await list()).toHaveLength(3)
  })

  test('keeps the words of its reason, but for what PostgreSQL cannot hold', async () => {
    expect(await declare({ reason: `Front page of "The \0Paper"; drop table é` })).toMatchObject({ reason: 'Front page of "The Paper"; drop table é' })
  })
})
