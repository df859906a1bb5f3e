import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventDraft } from '../../server/ledger/event.ts'
import type { SecurityEvent } from '../../server/contract/security.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { withClient } from '../helpers/with-client.ts'

let server: TestApp
let project: TestProject
let viewer: Operator
let moderator: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
beforeEach(async () => {
  project = await server.addProject()
  viewer = new Operator(server, server.operators.viewer, project)
  moderator = new Operator(server, server.operators.moderator, project)
})
afterAll(() => server.close())

const see = (draft: Partial<EventDraft>): void =>
  server.app.ledger.write({ projectId: project.id, eventType: 'origin_mismatch', endpoint: 'GET /board', ...draft })

type Query = Record<string, string | number | boolean>
const search = (query: Query): string => String(new URLSearchParams({ project: project.key, ...Object.fromEntries(Object.entries(query).map(([k, v]) => [k, String(v)])) }))
const page = async (query: Query = {}): Promise<{ events: SecurityEvent[]; nextCursor: string | null }> =>
  expectJson(await viewer.call('GET', `/security/v1/events?${search(query)}`), 200)
const messages = async (query: Query): Promise<(string | undefined)[]> => (await page(query)).events.map(({ metadata }) => metadata.errorMessage)

describe('a filter', () => {
  beforeEach(() => {
    see({ errorMessage: 'a', severity: 'low', ipAddress: '192.0.2.1', origin: 'https://a.example', fingerprint: 'f'.repeat(32) })
    see({ errorMessage: 'b', severity: 'medium', ipAddress: '192.0.2.2', origin: 'https://b.example', endUserId: 'usr_123456789' })
    see({ errorMessage: 'c', severity: 'high', ipAddress: '2001:db8::1', endpoint: 'PUT /vote', eventType: 'suspicious_activity' })
    see({ errorMessage: 'd', severity: 'critical', eventType: 'jwt_validation_failed' })
  })

  test.each<[string, Query, string[]]>([
    ['origin', { origin: 'https://a.example' }, ['a']],
    ['fingerprint', { fingerprint: 'f'.repeat(32) }, ['a']],
    ['user, masked', { user: 'usr_***' }, ['b']],
    ['a user as a token says it finds nothing', { user: 'usr_123456789' }, []],
    ['endpoint', { endpoint: 'PUT /vote' }, ['c']],
    ['address, however it is written', { ip: '2001:0db8:0::1' }, ['c']],
    ['one severity', { severity: 'high' }, ['c']],
    ['several severities', { severity: 'critical,low,high' }, ['a', 'c', 'd']],
    ['the same severity twice', { severity: 'low,low' }, ['a']],
    ['severity and type', { severity: 'critical,low', eventType: 'jwt_validation_failed' }, ['d']],
    ['several types', { eventType: 'jwt_validation_failed,suspicious_activity' }, ['c', 'd']],
    ['several types and severities', { eventType: 'jwt_validation_failed,origin_mismatch', severity: 'critical,low' }, ['a', 'd']],
    ['message and type', { errorMessage: 'd', eventType: 'jwt_validation_failed' }, ['d']],
    ['nothing that there is', { origin: "https://a.example' or '1'='1" }, []],
  ])('by %s', async (_title, query, expected) => {
    expect((await messages(query)).toSorted()).toEqual(expected)
  })

  test.each<[string, Query]>([
    ['a type that is none', { eventType: 'origin_mismatch,nothing' }], ['a severity that is none', { severity: 'severe' }], ['an empty one in a list', { severity: 'low,,high' }], ['five of them', { severity: 'low,low,low,low,low' }],
    ['an address that is none', { ip: '192.0.2' }], ['an empty origin', { origin: '' }], ['text without end', { fingerprint: 'x'.repeat(301) }], ['a message without a type', { errorMessage: 'd' }], ['another field', { country: 'DE' }],
  ])('%s is refused', async (_title, query) => {
    expectProblem(await viewer.call('GET', `/security/v1/events?${search(query)}`), 400, 'invalid_request')
  })
})

test.each(['newest', 'oldest'])('pages of several severities, %s first, are one list without gaps or repeats', async (sort) => {
  for (let n = 0; n < 60; n += 1) {
    see({ errorMessage: String(n), ipAddress: `192.0.2.${n}`, severity: (['low', 'high', 'critical'] as const)[n % 3] ?? 'low' })
    // Several of one moment, told apart by their ids.
    if (n % 4 === 0) server.clock.now += 1000
  }
  const seen: SecurityEvent[] = []
  let cursor: string | null = null
  do {
    const next: Awaited<ReturnType<typeof page>> = await page({ severity: 'high,critical', sort, limit: 7, ...(cursor === null ? {} : { cursor }) })
    seen.push(...next.events)
    cursor = next.nextCursor
  } while (cursor !== null)
  const whole = (await page({ sort, limit: 200 })).events.filter(({ severity }) => severity !== 'low')
  expect(whole).toHaveLength(40)
  expect(seen.map(({ id }) => id)).toEqual(whole.map(({ id }) => id))
})

test('the first of its type from its address says so, in its own project', async () => {
  const other = await server.addProject()
  see({ ipAddress: '198.51.100.1', projectId: other.id })
  see({ ipAddress: '198.51.100.1' })
  await server.app.ledger.flush()
  server.clock.now += 60_000
  see({ ipAddress: '198.51.100.1' })
  see({ ipAddress: '198.51.100.1', eventType: 'suspicious_activity' })
  see({ errorMessage: 'from nowhere' })
  const firsts = (await page({ sort: 'oldest' })).events.map((event) => [event.eventType, event.timestamp === server.clock.now, event.firstOccurrence])
  expect(firsts).toEqual(expect.arrayContaining([
    ['origin_mismatch', false, true], ['origin_mismatch', true, false], ['suspicious_activity', true, true],
  ]))
  expect(firsts.filter(([, , first]) => first === true)).toHaveLength(2)
})

describe('marking many', () => {
  test('says how many it would be, changes so many, and goes on where one call ends', async () => {
    await server.app.db.query(
      `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, last_seen_at)
       select $1, to_timestamp($2 / 1000.0), gen_random_uuid(), 'origin_mismatch', 'low', '/many', now() from generate_series(1, 4500)`, [project.id, server.clock.now])
    const body = { filter: { project: project.key, severity: 'low,high' }, isRead: true }
    const mark = async (extra: object = {}): Promise<{ updated: number; more: boolean }> => expectJson(await moderator.call('PATCH', '/security/v1/events', { ...body, ...extra }), 200)
    expect(await mark({ dryRun: true })).toEqual({ updated: 4500, more: false })
    expect([await mark(), await mark(), await mark(), await mark()]).toEqual([
      { updated: 2000, more: true }, { updated: 2000, more: true }, { updated: 500, more: false }, { updated: 0, more: false },
    ])
    expect(await mark({ dryRun: true })).toEqual({ updated: 0, more: false })
    const { rows } = await server.app.db.query<{ marks: number; marked: number }>(
      `select count(*)::int as marks, sum((after->>'updated')::int)::int as marked from audit_log where action = 'event.mark' and project_id = $1`, [project.id])
    expect(rows[0]).toEqual({ marks: 3, marked: 4500 })
  })

  test('a row that is being counted up at that moment is not waited for, and not forgotten', async () => {
    see({ ipAddress: '198.51.100.5' })
    await server.app.ledger.flush()
    const client = await server.app.db.connect()
    try {
      await client.query('begin')
      await client.query('update security_events set count = count + 1 where project_id = $1', [project.id])
      const mark = () => moderator.call('PATCH', '/security/v1/events', { filter: { project: project.key }, isRead: true })
      expect((await mark()).json()).toEqual({ updated: 0, more: true })
      await client.query('commit')
      expect((await mark()).json()).toEqual({ updated: 1, more: false })
    } finally {
      client.release()
    }
  })
})

const groups = async (query: Query): Promise<{ since: number; groups: { key: string | null; count: number; isNew: boolean }[] }> =>
  expectJson(await viewer.call('GET', `/security/v1/events/summary?${search(query)}`), 200)

describe('the summary', () => {
  test('takes the same filters, is sorted by frequency, and marks what is new', async () => {
    for (let n = 0; n < 3; n += 1) see({ ipAddress: '198.51.100.1', severity: 'low' })
    see({ ipAddress: '198.51.100.2', severity: 'low' })
    await server.app.ledger.flush()
    server.clock.now += 3_600_000
    const since = server.clock.now
    see({ ipAddress: '198.51.100.2', severity: 'high' })
    for (let n = 0; n < 2; n += 1) see({ ipAddress: '198.51.100.3', severity: 'high' })
    see({ severity: 'high' })
    expect((await groups({ groupBy: 'ipAddress', since })).groups).toMatchObject([
      { key: '198.51.100.3', count: 2, isNew: true }, { key: '198.51.100.2', count: 1, isNew: false }, { key: null, count: 1, isNew: false },
    ])
    expect((await groups({ groupBy: 'ipAddress', severity: 'low' })).groups.map(({ key, count }) => [key, count])).toEqual([['198.51.100.1', 3], ['198.51.100.2', 1]])
    expect((await groups({ groupBy: 'severity', ip: '198.51.100.2' })).groups.map(({ key, count }) => [key, count])).toEqual([['high', 1], ['low', 1]])
  })

  test('of very many rows it looks back as far as some of them reach, and says so', async () => {
    const day = Math.floor(server.clock.now / 86_400_000) * 86_400_000
    // Fifty megabytes, by a connection that takes the time it takes: the server’s own give up after ten seconds.
    await withClient(server.databaseUrl, (client) => client.query(
      `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, last_seen_at, error_message)
       select $1, to_timestamp($2 / 1000.0), gen_random_uuid(), 'origin_mismatch', 'low', '/many', now(), repeat('x', 800) from generate_series(1, 65000)`, [project.id, day - 1]))
    const { since } = await groups({ groupBy: 'severity' })
    expect(since).toBe(Math.min(day, server.clock.now - 86_400_000))
    expect((await groups({ groupBy: 'severity', since: server.clock.now - 1000 })).since).toBe(server.clock.now - 1000)
    // A filter that leaves few looks at all there is.
    expect((await groups({ groupBy: 'severity', ip: '198.51.100.1' })).since).toBe(0)
    await withClient(server.databaseUrl, (client) => client.query('delete from security_events where project_id = $1', [project.id]))
  })
})
