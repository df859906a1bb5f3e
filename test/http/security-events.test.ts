import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SecurityEvent } from '../../server/contract/security.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

let server: TestApp
let viewer: Operator
let moderator: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  viewer = new Operator(server, server.operators.viewer)
  moderator = new Operator(server, server.operators.moderator)
})
afterAll(() => server.close())

type Query = Record<string, string | number | boolean>
async function page(query: Query): Promise<{ events: SecurityEvent[]; nextCursor: string | null }> {
  const search = new URLSearchParams(Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]))
  return expectJson(await viewer.call('GET', `/security/v1/events?${search}`), 200)
}
const list = async (query: Query): Promise<SecurityEvent[]> => (await page(query)).events
const mark = (body: object) => moderator.call('PATCH', '/security/v1/events', body)
/** Each on its own page of the ledger: events of one project do not mix with another’s. */
const freshProject = async (): Promise<TestProject> => {
  server.clock.now += 3_600_000
  return await server.addProject()
}
const rogue = (project: TestProject, origin = 'https://evil.example', ip = '198.51.100.66') => new Visitor(server, { project, origin, ip }).call('GET', '/board')

describe('reading', () => {
  let project: TestProject
  let began: number

  beforeAll(async () => {
    project = await freshProject()
    began = server.clock.now
    for (let n = 0; n < 12; n += 1) {
      // Three at a time in the same millisecond.
      if (n % 3 === 0) server.clock.now += 1000
      await rogue(project, `https://evil-${n}.example`, `198.51.100.${n % 4}`)
    }
    const userToken = await signUserToken(server, 'usr_123456789', { project, secret: 'wrong' })
    await new Visitor(server, { project, userToken }).start()
  })

  test.each(['newest', 'oldest'] as const)('pages of five sorted by %s cover every event once, while more arrive', async (sort) => {
    const until = began + 10_000
    const all = await list({ project: project.key, limit: 200, sort, until })
    expect(all).toHaveLength(13)
    const times = all.map(({ timestamp }) => timestamp)
    expect(times).toEqual(times.toSorted((a, b) => (sort === 'newest' ? b - a : a - b)))
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer = await page({ project: project.key, limit: 5, sort, until, ...(cursor === '' ? {} : { cursor }) })
      seen.push(...answer.events.map(({ id }) => id))
      cursor = answer.nextCursor
      server.clock.now += 60_000
      await rogue(project, 'https://late.example')
    }
    expect(seen).toEqual(all.map(({ id }) => id))
  })

  test.each<[string, () => Query, number]>([
    ['type', () => ({ eventType: 'jwt_validation_failed' }), 1],
    ['severity', () => ({ severity: 'high' }), 1],
    ['address', () => ({ ip: '198.51.100.1' }), 3],
    ['address, written the long way round', () => ({ ip: '::ffff:198.51.100.1' }), 3],
    ['being unread', () => ({ isRead: false, until: began + 10_000 }), 13],
    ['being read', () => ({ isRead: true }), 0],
    ['since', () => ({ since: began + 4000, until: began + 10_000 }), 4],
    ['until, which is not included', () => ({ until: began + 2000 }), 3],
    ['two at once', () => ({ ip: '198.51.100.1', until: began + 2000 }), 1],
  ])('filters by %s', async (_title, query, expected) => {
    expect(await list({ project: project.key, limit: 200, ...query() })).toHaveLength(expected)
  })

  test.each(['eventType=other', 'severity=fatal', 'isRead=perhaps', 'ip=somewhere', 'limit=1000', 'sort=random', 'since=x', 'colour=red'])('refuses ?%s', async (query) => {
    expectProblem(await viewer.call('GET', `/security/v1/events?${query}`), 400, 'invalid_request')
  })

  test('refuses a cursor that is none', async () => {
    expectProblem(await viewer.call('GET', '/security/v1/events?cursor=x'), 400, 'invalid_cursor')
  })

  test.each<[string, string[]]>([
    ['eventType', ['jwt_validation_failed', 'origin_mismatch']],
    ['severity', ['high', 'medium']],
    ['endpoint', ['GET /api/widget/v1/{projectKey}/board', 'POST /api/widget/v1/{projectKey}/sessions']],
  ])('sums up by %s, largest first', async (groupBy, keys) => {
    const { groups } = expectJson<{ groups: { key: string; count: number; firstSeen: number; lastSeen: number }[] }>(
      await viewer.call('GET', `/security/v1/events/summary?groupBy=${groupBy}&project=${project.key}`), 200)
    expect(groups.map(({ key }) => key).toSorted()).toEqual(keys)
    expect(groups.map(({ count }) => count)).toEqual(groups.map(({ count }) => count).toSorted((a, b) => b - a))
    expect(groups.every(({ firstSeen, lastSeen }) => firstSeen >= began && lastSeen >= firstSeen)).toBe(true)
  })

  test('sums up folded counts, by address and since a time', async () => {
    const own = await freshProject()
    await Promise.all(Array.from({ length: 30 }, () => rogue(own, undefined, '198.51.100.1')))
    await rogue(own, undefined, '198.51.100.2')
    const ask = async (query: string) => (await viewer.call('GET', `/security/v1/events/summary?project=${own.key}&${query}`)).json()
    const seen = { firstSeen: server.clock.now, lastSeen: server.clock.now }
    expect(await ask('groupBy=ipAddress')).toEqual({ since: expect.any(Number), groups: [{ key: '198.51.100.1', count: 30, ...seen, isNew: true }, { key: '198.51.100.2', count: 1, ...seen, isNew: true }] })
    expect(await ask('groupBy=fingerprint')).toEqual({ since: 0, groups: [{ key: null, count: 31, ...seen, isNew: false }] })
    expect(await ask(`groupBy=ipAddress&since=${server.clock.now + 1}`)).toEqual({ since: server.clock.now + 1, groups: [] })
    expectProblem(await viewer.call('GET', '/security/v1/events/summary?groupBy=count(*)'), 400, 'invalid_request')
    expectProblem(await viewer.call('GET', '/security/v1/events/summary'), 400, 'invalid_request')
  })
})

describe('marking', () => {
  let project: TestProject
  const three = async (): Promise<SecurityEvent[]> => {
    project = await freshProject()
    for (const n of [1, 2, 3]) await rogue(project, `https://evil-${n}.example`, `198.51.100.${n}`)
    return await list({ project: project.key })
  }

  test('by ids, as read and as unread again', async () => {
    const [first, second] = await three() as [SecurityEvent, SecurityEvent]
    expect((await mark({ ids: [first.id, second.id, '00000000-0000-4000-8000-000000000000'], isRead: true })).json()).toEqual({ updated: 2, more: false })
    expect((await list({ project: project.key, isRead: true })).map(({ id }) => id).toSorted()).toEqual([first.id, second.id].toSorted())
    await mark({ ids: [first.id], isRead: false })
    expect((await list({ project: project.key, isRead: true })).map(({ id }) => id)).toEqual([second.id])
  })

  test('by filter, and only what matches', async () => {
    await three()
    expect((await mark({ filter: { project: project.key, ip: '198.51.100.2' }, isRead: true })).json()).toEqual({ updated: 1, more: false })
    expect(await list({ project: project.key, isRead: false })).toHaveLength(2)
  })

  test('a note is kept beside the mark, and replaced by the next', async () => {
    const [{ id }] = await three() as [SecurityEvent]
    await mark({ ids: [id], note: 'looked \0at it; "harmless" \u{1F44D}' })
    expect((await list({ project: project.key })).find((event) => event.id === id)).toMatchObject({ note: 'looked at it; "harmless" \u{1F44D}', isRead: false })
    await mark({ ids: [id], note: 'not harmless', isRead: true })
    expect((await list({ project: project.key })).find((event) => event.id === id)).toMatchObject({ note: 'not harmless', isRead: true })
  })

  test.each<[string, object, string]>([
    ['neither ids nor filter', { isRead: true }, 'invalid_selection'],
    ['both', { ids: ['00000000-0000-4000-8000-000000000000'], filter: {}, isRead: true }, 'invalid_selection'],
    ['nothing to change', { filter: {} }, 'invalid_selection'],
    ['ids that are none', { ids: ['1'], isRead: true }, 'invalid_request'],
    ['no ids', { ids: [], isRead: true }, 'invalid_request'],
    ['isRead as text', { filter: {}, isRead: 'true' }, 'invalid_request'],
    ['another field', { filter: {}, isRead: true, severity: 'low' }, 'invalid_request'],
  ])('%s is refused', async (_title, body, code) => {
    expectProblem(await mark(body), 400, code)
  })

  test('a viewer may look and not mark, whatever the body', async () => {
    expectProblem(await viewer.call('PATCH', '/security/v1/events', { nonsense: true }), 403, 'role_insufficient')
  })

  test('marking an event that is still being counted does not stop the count', async () => {
    const [{ id, metadata }] = await three() as [SecurityEvent]
    await mark({ ids: [id], isRead: true })
    await rogue(project, metadata['origin'], metadata['ipAddress'])
    expect((await list({ project: project.key })).find((event) => event.id === id)).toMatchObject({ count: 2, isRead: true })
  })
})
