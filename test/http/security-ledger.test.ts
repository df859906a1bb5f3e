import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SecurityEvent } from '../../server/contract/security.ts'
import { type TestApp, type TestProject, cableTo, lenientPolicy, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

let server: TestApp
let viewer: Operator

beforeAll(async () => {
  const windows = { ...lenientPolicy.windows, network: { limit: 50, windowMs: 60_000 } }
  server = await startApp({ requestsPerMinute: 100_000, policy: { ...lenientPolicy, windows } })
  viewer = new Operator(server, server.operators.viewer)
})
afterAll(() => server.close())

type Query = Record<string, string | number | boolean>
async function page(query: Query): Promise<{ events: SecurityEvent[]; nextCursor: string | null }> {
  const search = new URLSearchParams(Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]))
  return expectJson(await viewer.call('GET', `/security/v1/events?${search}`), 200)
}
const list = async (query: Query): Promise<SecurityEvent[]> => (await page(query)).events
/** Each on its own page of the ledger: events of one project do not mix with another’s. */
const freshProject = async (): Promise<TestProject> => {
  server.clock.now += 3_600_000
  return await server.addProject()
}
const rogue = (project: TestProject, origin = 'https://evil.example', ip = '198.51.100.66') => new Visitor(server, { project, origin, ip }).call('GET', '/board')

describe('what lands in the ledger', () => {
  test('origin_mismatch, with the page that asked and where from', async () => {
    const project = await freshProject()
    expectProblem(await rogue(project), 403, 'origin_not_allowed')
    expect(await list({ project: project.key })).toEqual([{
      id: expect.stringMatching(/^[0-9a-f-]{36}$/), projectId: String(project.id), eventType: 'origin_mismatch', severity: 'medium',
      metadata: {
        endpoint: 'GET /api/widget/v1/{projectKey}/board', origin: 'https://evil.example', ipAddress: '198.51.100.66',
        errorMessage: 'Origin is not on the project’s list',
      },
      timestamp: server.clock.now, lastSeenAt: server.clock.now, isRead: false, count: 1, detail: {}, firstOccurrence: true,
    }])
  })

  test('invalid_api_key, under no project', async () => {
    const answer = await server.app.inject({ url: '/api/widget/v1/pk_guessed/board', remoteAddress: '198.51.100.71', headers: { origin: 'https://evil.example' } })
    expectProblem(answer, 401, 'invalid_api_key')
    expect(await list({ ip: '198.51.100.71' })).toMatchObject([
      { projectId: null, eventType: 'invalid_api_key', severity: 'medium', detail: { apiKey: 'pk_guessed' } },
    ])
  })

  test('a key made of characters PostgreSQL does not take neither gets lost nor holds up what comes after', async () => {
    const answer = await server.app.inject({ url: '/api/widget/v1/%00%5Cu0000nul/board', remoteAddress: '198.51.100.72' })
    expectProblem(answer, 401, 'invalid_api_key')
    const project = await freshProject()
    await rogue(project)
    expect(await list({ project: project.key })).toHaveLength(1)
    expect(await list({ ip: '198.51.100.72' })).toMatchObject([{ detail: { apiKey: '\\u0000nul' } }])
  })

  test('rate_limit_exceeded, once votes from one network pass the limit', async () => {
    const project = await freshProject()
    const visitor = new Visitor(server, { project, ip: '198.51.101.1' })
    const answers = []
    for (let n = 0; n < 60; n += 1) answers.push(await visitor.vote(project.items[0], n % 2 === 0 ? 1 : 0))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array.from({ length: 50 }, () => 200), ...Array.from({ length: 10 }, () => 429)])
    expect(await list({ project: project.key })).toMatchObject([
      { eventType: 'rate_limit_exceeded', severity: 'medium', count: 10, metadata: { ipAddress: '198.51.101.1' }, detail: { network: '198.51.101.0/24' } },
    ])
  })

  test('rate_limit_exceeded, on routes that count by themselves', async () => {
    const project = await freshProject()
    // One voter may write ten an hour.
    const visitors = Array.from({ length: 7 }, () => new Visitor(server, { project, ip: '198.51.102.1' }))
    for (const visitor of visitors) await visitor.start()
    const statuses: number[] = []
    for (let n = 0; n < 64; n += 1) {
      const visitor = visitors[Math.floor(n / 10)] as Visitor
      statuses.push((await visitor.call('POST', '/feedback', { kind: 'praise', title: 'Nice', session: visitor.session })).statusCode)
    }
    expect(statuses).toEqual([...Array.from({ length: 60 }, () => 201), ...Array.from({ length: 4 }, () => 429)])
    expect(await list({ project: project.key })).toMatchObject([
      { eventType: 'rate_limit_exceeded', severity: 'medium', count: 4, metadata: { endpoint: 'POST /api/widget/v1/{projectKey}/feedback' } },
    ])
  })

  test('fingerprint_change, when a device shows another than before', async () => {
    const project = await freshProject()
    const visitor = new Visitor(server, { project })
    await visitor.vote(project.items[0], 1, { fingerprint: 'aaaaaaaa11111111' })
    await visitor.vote(project.items[1], 1, { fingerprint: 'bbbbbbbb22222222' })
    expect(await list({ project: project.key })).toMatchObject([
      { eventType: 'fingerprint_change', severity: 'medium', metadata: { fingerprint: 'bbbbbbbb22222222' }, detail: { device: expect.any(String) } },
    ])
  })

  test.each<[string, string, (project: TestProject) => Promise<string>]>([
    ['Invalid signature', 'high', (project) => signUserToken(server, 'usr_123456789', { project, secret: 'not the secret of this project' })],
    ['Token expired', 'low', (project) => signUserToken(server, 'usr_123456789', { project, claims: { exp: Math.floor(server.clock.now / 1000) - 60 } })],
    ['Missing required fields', 'medium', (project) => signUserToken(server, '', { project })],
    ['Invalid audience', 'medium', (project) => signUserToken(server, 'usr_123456789', { project, claims: { aud: 'pk_another' } })],
    ['Invalid algorithm: none - possible algorithm attack', 'critical', async (project) => {
      const [, payload] = (await signUserToken(server, 'usr_123456789', { project })).split('.')
      return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    }],
  ])('jwt_validation_failed: %s is %s', async (message, severity, tokenOf) => {
    const project = await freshProject()
    const answer = await new Visitor(server, { project, userToken: await tokenOf(project) }).start()
    expect(answer.statusCode).toBe(401)
    const events = await list({ project: project.key })
    expect(events).toMatchObject([{ eventType: 'jwt_validation_failed', severity, metadata: { errorMessage: message } }])
    expect(JSON.stringify(events)).not.toContain('usr_123456789')
  })

  test('a refused token’s person shows masked', async () => {
    const project = await freshProject()
    const userToken = await signUserToken(server, 'usr_123456789', { project, secret: 'wrong', claims: { email: 'jane.doe@example.com' } })
    await new Visitor(server, { project, userToken }).start()
    expect((await list({ project: project.key }))[0]?.metadata).toMatchObject({ endUserId: 'usr_***', endUserEmail: 'j***e@example.com' })
    const { rows } = await server.app.db.query('select * from security_events where project_id = $1', [project.id])
    expect(JSON.stringify(rows)).not.toMatch(/usr_12345|jane/)
  })

  test.each<[string, object | undefined, string]>([
    ['a foreign session is low', undefined, 'low'],
    ['a vote held by its score is medium', { webdriver: true, input: 'mouse', pressMs: 0.1 }, 'medium'],
    ['a vote that would have been blocked is high', { webdriver: true, trusted: false, input: 'mouse', pressMs: 0, pressure: 0, hoverMs: 0, moves: 1, offCentre: 0 }, 'high'],
  ])('suspicious_activity: %s', async (_title, signals, severity) => {
    const project = await freshProject()
    const visitor = new Visitor(server, { project })
    if (signals === undefined) visitor.session = 'not.ours'
    const answer = await visitor.vote(project.items[0], 1, signals === undefined ? {} : { signals })
    expect(answer.statusCode).toBe(signals === undefined ? 401 : 200)
    expect(await list({ project: project.key })).toMatchObject([{ eventType: 'suspicious_activity', severity }])
  })

  test('text of an attacker’s choice is kept as text, without control characters', async () => {
    const project = await freshProject()
    await rogue(project, `https://evil.example/'); drop table security_events;--<img src=x>\u001b[31m`)
    expect((await list({ project: project.key }))[0]?.metadata['origin']).toBe(`https://evil.example/'); drop table security_events;--<img src=x>[31m`)
  })
})

test('what waited for the database, and what came meanwhile, is written by one flush once it is back', async () => {
  const project = await freshProject()
  const cable = await cableTo(server.databaseUrl)
  const node = await startApp({ databaseUrl: cable.url, clock: () => server.clock.now })
  try {
    cable.unplug()
    await new Visitor(node, { project, origin: 'https://first.example' }).call('GET', '/board')
    await node.app.ledger.flush()
    await new Visitor(node, { project, origin: 'https://second.example' }).call('GET', '/board')
    cable.plugIn()
    await node.app.ledger.flush()
    const events = await list({ project: project.key })
    expect(events.map(({ metadata }) => metadata['origin']).toSorted()).toEqual(['https://first.example', 'https://second.example'])
  } finally {
    await node.close()
    await cable.close()
  }
})

describe('floods', () => {
  test('500 equal refusals are one row that counts 500', async () => {
    const project = await freshProject()
    const answers = await Promise.all(Array.from({ length: 500 }, () => rogue(project)))
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([403]))
    expect(await list({ project: project.key })).toMatchObject([{ count: 500 }])
    server.clock.now += 5000
    await rogue(project)
    expect(await list({ project: project.key })).toMatchObject([{ count: 501, lastSeenAt: server.clock.now, timestamp: server.clock.now - 5000 }])
    // Past the window a new row begins.
    server.clock.now += 60_000
    await rogue(project)
    expect((await list({ project: project.key })).map(({ count }) => count)).toEqual([1, 501])
  })

  test('two sources are two rows', async () => {
    const project = await freshProject()
    await Promise.all(Array.from({ length: 40 }, (_, n) => rogue(project, undefined, `198.51.100.${n % 2}`)))
    expect((await list({ project: project.key })).map(({ count }) => count)).toEqual([20, 20])
  })
})
