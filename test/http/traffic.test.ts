import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, cableTo, startApp } from '../helpers/app.ts'
import { Operator } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'

interface Row {
  projectId: number
  at: number
  endpoint: string
  status: number
  actor: string
  ip: string | null
  requests: number
  records: number
  durationMs: number
}

let server: TestApp
beforeEach(async () => {
  server = await startApp()
})
afterEach(() => server.close())

async function rows(node = server): Promise<Row[]> {
  await node.app.traffic.flush()
  const found = await node.app.db.query<Row>(
    `select project_id as "projectId", occurred_at as at, endpoint, status, actor, host(ip_address) as ip, requests, records, duration_ms as "durationMs"
     from traffic order by occurred_at, endpoint, status, actor, project_id desc`)
  return found.rows
}
const short = async (): Promise<[number, string, number, number][]> =>
  (await rows()).map(({ projectId, endpoint, status, requests }) => [projectId, endpoint, status, requests])

describe('What was answered', () => {
  test('is one line per endpoint and status class in ten seconds, of the project it was about', async () => {
    const { project, clock } = server
    const visitor = new Visitor(server)
    for (const item of project.items) await visitor.vote(item)
    clock.now += 9999
    await visitor.vote('999999')
    await new Visitor(server, { origin: 'https://evil.example' }).call('GET', '/board')
    await server.app.inject({ url: '/api/widget/v1/pk_nobody/board' })
    await server.app.inject({ url: '/nothing/here?at=all' })
    await server.app.inject({ url: '/nothing/there' })
    clock.now += 1
    await server.app.inject({ url: '/healthz' })
    expect(await short()).toEqual([
      [project.id, 'GET /api/widget/v1/{projectKey}/board', 4, 1],
      [0, 'GET /api/widget/v1/{projectKey}/board', 4, 1],
      [0, 'GET unknown', 4, 2],
      [project.id, 'POST /api/widget/v1/{projectKey}/sessions', 2, 1],
      [project.id, 'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote', 2, 3],
      [project.id, 'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote', 4, 1],
      [0, 'GET /healthz', 2, 1],
    ])
    const all = await rows()
    expect(all.map(({ at }) => at - clock.now)).toEqual([...Array<number>(6).fill(-10_000), 0])
    expect(all.every(({ actor, ip, durationMs }) => actor === '' && ip === null && durationMs > 0)).toBe(true)
  })

  test('counts on in the line that is written, and writing it again changes nothing', async () => {
    await server.app.inject({ url: '/healthz' })
    expect(await short()).toEqual([[0, 'GET /healthz', 2, 1]])
    await server.app.traffic.flush()
    for (let turn = 0; turn < 5; turn += 1) await server.app.inject({ url: '/healthz' })
    expect(await short()).toEqual([[0, 'GET /healthz', 2, 6]])
    const recorded = async (): Promise<number | undefined> =>
      (await server.app.db.query<{ at: number }>('select recorded_at as at from traffic')).rows[0]?.at
    const before = await recorded()
    await server.app.traffic.flush()
    expect(await recorded()).toBe(before)
  })

  test('says of an operator which token it was, from where, and how many records were read', async () => {
    const visitor = new Visitor(server)
    for (const item of server.project.items) await visitor.vote(item)
    await new Visitor(server, { origin: 'https://evil.example' }).call('GET', '/board')
    const moderator = new Operator(server)
    await moderator.votes()
    await moderator.votes({ limit: 2 })
    await moderator.call('GET', '/security/v1/events?since=1')
    await moderator.call('GET', '/security/v1/events?since=never')
    const asked = (await rows()).filter(({ actor }) => actor !== '')
    expect(asked.map(({ endpoint, status, requests, records, ip }) => [endpoint, status, requests, records, ip])).toEqual([
      ['GET /api/moderation/v1/votes', 2, 2, 5, '127.0.0.1'], ['GET /api/security/v1/events', 2, 1, 1, '127.0.0.1'],
      ['GET /api/security/v1/events', 4, 1, 0, '127.0.0.1'],
    ])
    expect(new Set(asked.map(({ actor }) => actor)).size).toBe(1)
    expect(asked[0]?.actor).toMatch(/^operator:\d+$/)
    // Who was refused is nobody yet.
    await new Operator(server, 'Bearer not-a-token-of-ours').call('GET', '/moderation/v1/votes')
    expect((await rows()).filter(({ endpoint, status }) => endpoint === 'GET /api/moderation/v1/votes' && status === 4)).toMatchObject([{ actor: '', ip: null }])
  })

  test('includes URLs that no route can be looked up for', async () => {
    expect((await server.app.inject({ url: '/%c0%ae' })).statusCode).toBe(404)
    expect(await short()).toEqual([[0, 'GET unknown', 4, 1]])
  })

  test('is each node’s own line', async () => {
    const other = await startApp({ databaseUrl: server.databaseUrl })
    try {
      await server.app.inject({ url: '/healthz' })
      await other.app.inject({ url: '/healthz' })
      await other.app.inject({ url: '/healthz' })
      await rows()
      expect((await rows(other)).map(({ requests }) => requests).toSorted()).toEqual([1, 2])
    } finally {
      await other.close()
    }
  })

  test('can be read from the metrics, as far as it is bounded', async () => {
    await server.app.inject({ url: '/healthz' })
    const { body } = await server.app.inject({ url: '/metrics', headers: { authorization: server.operators.viewer } })
    expect(Number(/^truetally_traffic_lines (\d+)$/m.exec(body)?.[1])).toBeGreaterThan(0)
    expect(body).toMatch(/^truetally_traffic_folded 0$/m)
    expect(body).toMatch(/^truetally_traffic_lost 0$/m)
  })
})

test('While the database is away nothing is lost, and nothing doubled when it is back', async () => {
  const cable = await cableTo(server.databaseUrl)
  const remote = await startApp({ databaseUrl: cable.url })
  try {
    for (let turn = 0; turn < 3; turn += 1) await remote.app.inject({ url: '/healthz' })
    await remote.app.traffic.flush()
    cable.unplug()
    for (let turn = 0; turn < 4; turn += 1) await remote.app.inject({ url: '/healthz' })
    await remote.app.traffic.flush()
    remote.clock.now += 10_000
    await remote.app.inject({ url: '/healthz' })
    await remote.app.traffic.flush()
    cable.plugIn()
    expect((await rows(remote)).map(({ at, requests }) => [at - remote.clock.now, requests])).toEqual([[-10_000, 7], [0, 1]])
  } finally {
    await remote.close()
    await cable.close()
  }
})

test('What is still in memory when the server ends is written', async () => {
  const other = await startApp({ databaseUrl: server.databaseUrl })
  await other.app.inject({ url: '/healthz' })
  await other.close()
  expect(await short()).toEqual([[0, 'GET /healthz', 2, 1]])
})
