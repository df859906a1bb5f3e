import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SystemAnswer } from '../../server/contract/system.ts'
import { type TestApp, cableTo, startApp } from '../helpers/app.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'

let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

const read = async (authorization = server.operators.viewer, node = server): Promise<SystemAnswer> =>
  expectJson(await new Operator(node, authorization).call('GET', '/security/v1/system'), 200)

test('the system says who it is and how it does', async () => {
  const startedAt = server.clock.now
  server.clock.now += 5000
  const system = await read()
  expect(system).toMatchObject({
    version: '0.0.0-test', startedAt, at: startedAt + 5000, underPressure: false, recorder: { queued: 0, refused: 0 }, ledger: { folded: 0 },
    alerts: { behindMs: 0, errors: 0 }, notifications: { pending: 0, failing: 0, dead: 0, oldestAt: null }, figures: { behindMs: 0 },
  })
  expect(system.database.answersInMs).toBeGreaterThan(0)
  expect(system.database.connections).toMatchObject({ max: 10, waiting: 0 })
  expect(system.memory.rss).toBeGreaterThan(system.memory.heapUsed)
  expect(system.probes.map(({ state }) => state)).toEqual(Array<string>(6).fill('up'))
  for (const { name, used, max } of system.limits) expect(`${name}: ${used <= max && max > 0}`).toBe(`${name}: true`)
  expect(new Set(system.limits.map(({ name }) => name)).size).toBe(system.limits.length)
})

test('what is held in memory shows as used', async () => {
  const used = async (name: string): Promise<number | undefined> => (await read()).limits.find((limit) => limit.name === name)?.used
  const before = await used('keys in the network window')
  await new Visitor(server, { ip: '198.51.100.77' }).vote(server.project.items[0])
  await new Visitor(server, { origin: 'https://evil.example' }).call('GET', '/board')
  expect(await used('keys in the network window')).toBe((before ?? 0) + 1)
  expect((await read()).ledger.open).toBeGreaterThan(0)
})

test('counts by the hour that are missing are said so', async () => {
  await server.app.hourly.tick()
  expect((await read()).figures).toEqual({ behindMs: 0 })
  const now = server.clock.now
  server.clock.now = now + 5 * 3_600_000
  expect((await read()).figures).toEqual({ behindMs: 5 * 3_600_000 })
  await server.app.hourly.tick()
  expect((await read()).figures).toEqual({ behindMs: 0 })
  server.clock.now = now
})

test('an operator of one project is told how the node does, and nothing that is counted of everybody’s alerts and messages', async () => {
  const { notifications, alerts, database } = await read(await server.operatorToken('viewer', server.project.id))
  expect({ notifications, alerts }).toEqual({ notifications: null, alerts: { behindMs: expect.any(Number), lookMs: expect.any(Number), errors: null, folded: null } })
  expect(database.connections.max).toBe(10)
})

test('without its database it answers 503, as anything that needs a token does', async () => {
  const cable = await cableTo(server.databaseUrl)
  const remote = await startApp({ databaseUrl: cable.url })
  try {
    expect((await read(remote.operators.viewer, remote)).database.answersInMs).toBeGreaterThan(0)
    cable.unplug()
    expect((await new Operator(remote, remote.operators.viewer).call('GET', '/security/v1/system')).statusCode).toBe(503)
    cable.plugIn()
    await expect.poll(async () => (await new Operator(remote, remote.operators.viewer).call('GET', '/security/v1/system')).statusCode).toBe(200)
  } finally {
    await remote.close()
    await cable.close()
  }
})
