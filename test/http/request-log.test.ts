/** What the log says of requests: little, bounded, and nothing of the people who sent them. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ORIGIN, type TestApp, cableTo, startApp } from '../helpers/app.ts'
import { Visitor, addressAt, signUserToken } from '../helpers/visitor.ts'

type Line = Record<string, unknown> & { msg: string; level: number }
const INFO = 30
const ERROR = 50

let lines: Line[] = []
let server: TestApp
const keep = { write: (text: string) => void lines.push(JSON.parse(text) as Line) }
beforeAll(async () => {
  server = await startApp({ logLevel: 'info', logSample: 0, logTo: keep, requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(() => {
  server.clock.now += 1000
  lines = []
})

const about = (msg: string): Line[] => lines.filter((line) => line.msg === msg)
/** Told once a second: on a machine that takes longer for a flood it is told of in parts. */
const leftOut = (level: number): Record<string, number> => {
  const told = about('more answers than are written about').filter((line) => line.level === level).map((line) => line['leftOut'] as Record<string, number>)
  return { refused: sum(told, 'refused'), failed: sum(told, 'failed') }
}
const sum = (told: Record<string, number>[], what: string): number => told.reduce((total, figures) => total + (figures[what] ?? 0), 0)

test('A refusal is a line with what it was, and the network of who asked', async () => {
  const answer = await new Visitor(server, { ip: '198.51.100.23', origin: 'https://evil.example' }).call('GET', '/board')
  expect(answer.statusCode).toBe(403)
  expect(about('refused')).toEqual([expect.objectContaining({
    level: INFO, method: 'GET', route: '/api/widget/v1/:projectKey/board', status: 403, code: 'origin_not_allowed',
    projectId: server.project.id, network: '198.51.100.0/24', reqId: expect.any(String) as string, ms: expect.any(Number) as number,
  })])
})

test('Of IPv6 it says the /48', async () => {
  await new Visitor(server, { ip: '2001:db8:7:8::9', origin: 'https://evil.example' }).call('GET', '/board')
  expect(about('refused')[0]).toMatchObject({ network: '2001:db8:7::/48' })
})

test('A URL that no route can be looked up for is a line, too', async () => {
  await server.app.inject({ url: '/%', remoteAddress: '198.51.100.23' })
  expect(about('refused')[0]).toMatchObject({ status: 404, code: 'not_found', network: '198.51.100.0/24' })
})

test('No line has a token, a key, a body, a query, a name or an address', async () => {
  const userToken = await signUserToken(server, 'usr_secret_name', { secret: 'another key, long enough to be one' })
  const visitor = new Visitor(server, { ip: '198.51.100.23', userToken })
  expect((await visitor.start()).statusCode).toBe(401)
  const voter = new Visitor(server, { ip: '198.51.100.24' })
  await voter.start()
  await voter.call('PUT', `/items/${server.project.items[0]}/vote`, { value: 7, session: voter.session })
  await voter.call('POST', '/feedback', { kind: 'idea', title: '', email: 'jane.secret@example.com', session: voter.session })
  await server.app.inject({
    url: '/api/security/v1/events', query: { project: 'secret-query' }, headers: { authorization: 'Bearer ttop_secret', cookie: 'session=secret' },
  })
  await server.app.inject({ url: '/api/widget/v1/pk_secret_key/board', headers: { origin: ORIGIN } })
  expect(about('refused')).toHaveLength(5)
  const text = JSON.stringify(lines)
  expect(text).not.toMatch(/secret/i)
  for (const secret of [userToken, voter.session, voter.deviceToken ?? 'none', server.project.key, '198.51.100.23', '198.51.100.24', '203.0.113.7']) {
    expect(text).not.toContain(secret)
  }
})

test('A flood of refusals is twenty lines a second, and how many there were more', async () => {
  const send = () => new Visitor(server, { ip: '198.51.100.23', origin: 'https://evil.example' }).call('GET', '/board')
  await Promise.all(Array.from({ length: 120 }, send))
  expect(about('refused')).toHaveLength(20)
  await expect.poll(() => leftOut(INFO)).toEqual({ refused: 100, failed: 0 })
  server.clock.now += 1000
  await send()
  expect(about('refused')).toHaveLength(21)
})

test('What goes well is written about as often as the sample says, on the lane or not', async () => {
  const all = await startApp({ logLevel: 'info', logSample: 1, logTo: keep })
  try {
    await all.app.listen({ host: '127.0.0.1', port: 0 })
    lines = []
    const visitor = new Visitor(all, { ip: addressAt(4) })
    expect((await visitor.vote(all.project.items[0])).statusCode).toBe(200)
    expect(about('answered').map(({ method, status, network, oneIn, projectId }) => ({ method, status, network, oneIn, projectId }))).toEqual(
      [['POST', 201], ['PUT', 200]].map(([method, status]) => ({ method, status, network: '10.1.5.0/24', oneIn: 1, projectId: all.project.id })))
    lines = []
    const address = all.app.server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    for (let n = 0; n < 3; n += 1) {
      await (await fetch(`http://127.0.0.1:${port}/api/widget/v1/${all.project.key}/board`, { headers: { origin: ORIGIN } })).arrayBuffer()
    }
    expect(all.app.boardLane.answers).toBeGreaterThan(0)
    expect(about('answered').map(({ route, status, network, projectId }) => ({ route, status, network, projectId }))).toEqual(
      Array.from({ length: 3 }, () => ({ route: '/api/widget/v1/:projectKey/board', status: 200, network: '127.0.0.0/24', projectId: all.project.id })))
  } finally {
    await all.close()
  }
})

test('Nothing is written about what goes well where the sample is none', async () => {
  const visitor = new Visitor(server, { ip: addressAt(4) })
  for (let n = 0; n < 50; n += 1) await visitor.call('GET', '/board')
  expect((await visitor.vote(server.project.items[0])).statusCode).toBe(200)
  expect(lines).toEqual([])
})

test('A failure is an error with its cause, bounded as well, and no value of a row', async () => {
  const cable = await cableTo(server.databaseUrl)
  const node = await startApp({ databaseUrl: cable.url, logLevel: 'error', logTo: keep })
  try {
    const project = await node.addProject()
    const visitor = new Visitor(node, { project, ip: addressAt(5) })
    await visitor.start()
    cable.unplug()
    lines = []
    const answers = await Promise.all(Array.from({ length: 40 }, () => visitor.vote(project.items[0])))
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([503]))
    expect(about('failed')).toHaveLength(20)
    expect(about('failed')[0]).toMatchObject({
      level: ERROR, method: 'PUT', status: 503, code: 'database_unavailable', projectId: project.id, err: { message: expect.any(String) as string, stack: expect.any(String) as string },
    })
    await expect.poll(() => leftOut(ERROR)).toEqual({ refused: 0, failed: 20 })
    expect(JSON.stringify(lines)).not.toContain(visitor.session)
  } finally {
    cable.plugIn()
    await node.close()
    await cable.close()
  }
})
