import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadStandingSilences } from '../../db/queries/silences.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'

interface Silence {
  id: string
  projectId: string | null
  endedAt: number | null
  endedBy: string | null
}

const PATH = '/security/v1/silences'
const HOUR = 3_600_000
const DAY = 24 * HOUR

let server: TestApp
let moderator: Operator
let project: TestProject
let now: number

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  moderator = new Operator(server)
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += 40 * DAY
  now = server.clock.now
  project = await server.addProject()
})

const ask = (body: object = {}, operator = moderator) =>
  operator.call('POST', PATH, { project: project.key, matchers: [{ name: 'rule', value: 'scan-*' }], reason: 'a penetration test', endsAt: now + HOUR, ...body })
const silence = async (body: object = {}): Promise<Silence> => expectJson(await ask(body), 201)
const list = async (query = `project=${project.key}`, operator = moderator): Promise<Silence[]> =>
  expectJson<{ silences: Silence[] }>(await operator.call('GET', `${PATH}?${query}`), 200).silences
const standing = async (): Promise<string[]> => (await loadStandingSilences(server.app.db, server.clock.now)).map(({ id }) => String(id))

describe('a silence', () => {
  test('begins now, lasts until its end, and is listed', async () => {
    const made = await silence()
    expect(made).toEqual({
      id: expect.stringMatching(/^\d+$/), projectId: String(project.id), matchers: [{ name: 'rule', value: 'scan-*' }], reason: 'a penetration test',
      actor: 'a moderator', createdAt: now, startsAt: now, endsAt: now + HOUR, endedAt: null, endedBy: null,
    })
    expect(await list()).toEqual([made])
    expect(await standing()).toEqual([made.id])
    server.clock.now += HOUR
    expect(await standing()).toEqual([])
    expect([(await list(`project=${project.key}&standing=true`)).length, (await list(`project=${project.key}&standing=false`)).length]).toEqual([0, 1])
  })

  test('can begin later', async () => {
    const { id } = await silence({ startsAt: now + 1000 })
    expect(await standing()).toEqual([])
    server.clock.now += 1000
    expect(await standing()).toEqual([id])
  })

  test('ends early, once', async () => {
    const { id } = await silence()
    expect((await moderator.call('DELETE', `${PATH}/${id}`)).statusCode).toBe(204)
    expect(await standing()).toEqual([])
    expect(await list()).toMatchObject([{ endedAt: now, endedBy: 'a moderator' }])
    expectProblem(await moderator.call('DELETE', `${PATH}/${id}`), 404, 'not_found')
    expectProblem(await moderator.call('DELETE', `${PATH}/2000000000`), 404, 'not_found')
    expectProblem(await moderator.call('DELETE', `${PATH}/9999999999`), 404, 'not_found')
  })

  test('without a project is of everything, for a token of everything', async () => {
    expect((await silence({ project: undefined })).projectId).toBeNull()
    const bound = new Operator(server, await server.operatorToken('moderator', project.id))
    expect(expectJson<Silence>(await ask({ project: undefined }, bound), 201).projectId).toBe(String(project.id))
  })

  test('of another project, or of everything, is neither seen nor ended by a token of one', async () => {
    const other = await server.addProject()
    const [theirs, ours] = [await silence({ project: other.key }), await silence({ project: undefined })]
    const bound = new Operator(server, await server.operatorToken('moderator', project.id))
    expect(await list('', bound)).toEqual([])
    for (const { id } of [theirs, ours]) expectProblem(await bound.call('DELETE', `${PATH}/${id}`), 404, 'not_found')
    expect(await standing()).toEqual([theirs.id, ours.id])
  })

  test.each<[string, (at: number) => object]>([
    ['ends when it starts', (at) => ({ startsAt: at + 5, endsAt: at + 5 })], ['ended already', (at) => ({ startsAt: at - 2000, endsAt: at })],
    ['lasts longer than 30 days', (at) => ({ endsAt: at + 30 * DAY + 1 })], ['has no matcher', () => ({ matchers: [] })],
    ['has eleven', () => ({ matchers: Array.from({ length: 11 }, () => ({ name: 'rule', value: '*' })) })],
    ['matches nothing', () => ({ matchers: [{ name: 'rule', value: '' }] })], ['matches a name that is none', () => ({ matchers: [{ name: '__proto__', value: '*' }] })],
    ['has another operator', () => ({ matchers: [{ name: 'rule', value: '*', isRegex: true }] })], ['has no reason', () => ({ reason: '' })],
    ['has another field', () => ({ forever: true })],
  ])('that %s is refused', async (_title, wrong) => {
    expectProblem(await ask(wrong(now)), 400, 'invalid_request')
    expect(await list()).toEqual([])
  })

  test('of exactly 30 days is taken, and words keep what PostgreSQL can hold', async () => {
    const made = await silence({ endsAt: now + 30 * DAY, matchers: [{ name: 'origin', value: 'a\0b' }], reason: 'x\0y' })
    expect(made).toMatchObject({ matchers: [{ name: 'origin', value: 'ab' }], reason: 'xy' })
  })

  test('is one of 500 at most that stand in its project', async () => {
    await server.app.db.query(
      `insert into silences (project_id, matchers, reason, actor, created_at, starts_at, ends_at)
       select $3, '[{"name": "rule", "value": "x"}]', 'many', 'a test', now(), to_timestamp($1 / 1000.0), to_timestamp($2 / 1000.0) from generate_series(1, 500)`,
      [now, now + 1000, project.id])
    expectProblem(await ask(), 409, 'too_many_silences')
    server.clock.now += 1000
    expectJson(await ask(), 201)
  })
})
