/** A Redis that hangs, is full, turns into a replica, or goes: every node answers on, keeps the limits by itself, and says so. */
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { type Nodes, countOf, faultsIn, limits, onNode, startNodes, tightPolicy } from '../helpers/nodes-on-redis.ts'
import { startRedis, whyNoRedis } from '../helpers/redis.ts'
import { tellTook } from '../helpers/took.ts'
import { Visitor, crowd } from '../helpers/visitor.ts'

const HOUR = 3_600_000
/** One that keeps going away is believed later each time, up to half a minute; and on a busy machine it goes away oftener than it is made to. */
const BACK_MS = 120_000

/** How often it was told that Redis is gone, and that it is back. */
interface Told {
  away: number
  back: number
}

/** How a Redis can go, and come back. */
const LOSSES: [string, (nodes: Nodes) => unknown, (nodes: Nodes) => unknown][] = [
  ['hangs', ({ redis }) => redis.freeze(), ({ redis }) => redis.thaw()],
  ['is full', ({ redis }) => redis.run('config', 'set', 'maxmemory', '1'), ({ redis }) => redis.run('config', 'set', 'maxmemory', '0')],
  ['is a replica since a failover', ({ redis }) => redis.run('replicaof', '127.0.0.1', '1'), ({ redis }) => redis.run('replicaof', 'no', 'one')],
  ['is gone', ({ redis }) => redis.kill(), ({ redis }) => redis.start()],
]

describe.skipIf(whyNoRedis !== undefined)('While Redis is lost', () => {
  let nodes: Nodes
  let first: TestApp
  let second: TestApp
  beforeAll(async () => {
    nodes = await startNodes({ policy: tightPolicy, requestsPerMinute: limits.route, redisTimeoutMs: 100 })
    first = nodes.first
    second = nodes.second
  })
  beforeEach(() => {
    first.clock.now += HOUR
  })
  const bothUp = (): boolean => first.app.counts.shared === 'up' && second.app.counts.shared === 'up'
  const failures = (): number[] => [first, second].map(({ app }) => app.redis.saturation.failures)
  /** Like events of one moment are one row that counts: how many there are tells more than their order. */
  const told = async (): Promise<Told> => {
    const reports = await nodes.reports()
    return { away: reports.filter((report) => report === 'away medium').length, back: reports.filter((report) => report === 'back low').length }
  }
  const toldSince = async (before: Told): Promise<Told> => {
    const { away, back } = await told()
    return { away: away - before.away, back: back - before.back }
  }
  /** Resolves while both have Redis and have told all there was to tell. */
  const settle = async (): Promise<Told> => await vi.waitUntil(async () => {
    const before = failures()
    const all = await told()
    return bothUp() && String(failures()) === String(before) ? all : undefined
  }, { timeout: BACK_MS })

  test.each(LOSSES)('because it %s, each node answers on and keeps the limits by itself, says so once, and counts with the other again afterwards', async (how, lose, restore) => {
    const project = await nodes.project()
    const [item] = project.items
    const subnet = LOSSES.findIndex(([name]) => name === how)
    const voter = new Visitor(first, { project, ip: `203.0.${subnet}.7` })
    await voter.start()
    expect((await voter.vote(item)).statusCode).toBe(200)
    const before = await settle()
    const failed = failures()
    await lose(nodes)

    const begun = performance.now()
    // One was counted on the first node already.
    for (const [node, ip, left] of [[first, `203.0.${subnet}.7`, limits.voter - 1], [second, `198.51.${subnet}.7`, limits.voter]] as const) {
      const statuses: number[] = []
      for (let turn = 0; turn < limits.voter + 3; turn += 1) statuses.push((await onNode(node, voter, ip).vote(item, turn % 2 === 0 ? 0 : 1)).statusCode)
      expect(statuses).toEqual([...Array<number>(left).fill(200), ...Array<number>(limits.voter + 3 - left).fill(429)])
    }
    // Whoever comes now does not ask, and need not wait.
    expect([first, second].map(({ app }) => app.counts.shared)).toEqual(['away', 'away'])
    const sessions: number[] = []
    for (let turn = 0; turn < limits.route + 5; turn += 1) sessions.push((await new Visitor(first, { project, ip: `192.0.${subnet}.${turn + 1}` }).start()).statusCode)
    expect(sessions).toEqual([...Array<number>(limits.route).fill(201), ...Array<number>(5).fill(429)])
    tellTook(`${2 * (limits.voter + 3) + limits.route + 5} answers while Redis ${how}`, begun)
    expect((await second.app.inject({ url: '/readyz' })).statusCode).toBe(200)
    expect((await second.app.inject({ url: '/metrics', headers: { authorization: first.operators.viewer } })).body).toMatch(/^truetally_shared_limits_up 0$/m)
    expect(failures()).toEqual(failed.map((count) => count + 1))
    expect(await toldSince(before)).toEqual({ away: 2, back: 0 })

    await restore(nodes)
    const after = await settle()
    // Two, unless a busy machine made it go away once more: as often as it went, and came back.
    const lost = failures().reduce((sum, count, node) => sum + count - (failed[node] ?? 0), 0)
    expect([after.away - before.away, after.back - before.back]).toEqual([lost, lost])
    // Asked again where a busy machine made it go away once more.
    await expect.poll(async () => {
      first.clock.now += HOUR
      const returned = new Visitor(first, { project, ip: `203.0.${subnet}.8` })
      await returned.start()
      const answers = await Promise.all(Array.from({ length: 3 * limits.voter }, (_, turn) => onNode(nodes.at(turn), returned, `10.202.${turn}.9`).vote(item)))
      return countOf(answers.map(({ statusCode }) => statusCode), 200)
    }, { timeout: BACK_MS, interval: 1500 }).toBe(limits.voter)
    expect(await faultsIn(first)).toEqual([])
  })

  test('because it has forgotten its scripts, votes go on, and it learns them again', async () => {
    const project = await nodes.project()
    const before = await settle()
    nodes.redis.run('script', 'flush')
    expect((await new Visitor(first, { project, ip: '198.51.100.90' }).vote(project.items[0])).statusCode).toBe(200)
    const after = await settle()
    expect([after.away > before.away, after.back > before.back]).toEqual([true, true])
  })

  test('with votes under way, those are answered and the nodes can be closed', async () => {
    const project = await nodes.project()
    const visitors = await crowd(first, 5, { project })
    nodes.redis.freeze()
    const answers = Promise.all(visitors.map((visitor) => visitor.vote(project.items[0])))
    const begun = performance.now()
    expect((await answers).map(({ statusCode }) => statusCode)).toEqual(Array(5).fill(200))
    await second.app.close()
    await first.app.close()
    tellTook('five votes and two closes with Redis frozen', begun)
    await nodes.close()
  })
})

test.skipIf(whyNoRedis !== undefined)('Without its Redis a server starts within moments, counts by itself, and with the others once it is there', async () => {
  const redis = await startRedis()
  await redis.kill()
  const server = await startApp({ redisUrl: redis.url })
  try {
    expect(server.app.counts.shared).toBe('away')
    expect((await new Visitor(server).vote(server.project.items[0])).statusCode).toBe(200)
    await redis.start()
    await expect.poll(() => server.app.counts.shared, { timeout: BACK_MS }).toBe('up')
  } finally {
    await server.close()
    await redis.close()
  }
})

test.skipIf(whyNoRedis !== undefined)('A Redis that refuses the password only after the start is told of by what it says', async () => {
  const redis = await startRedis({ password: 'a password' })
  redis.freeze()
  const lines: string[] = []
  const server = await startApp({ redisUrl: `redis://:another@127.0.0.1:${redis.port}`, logLevel: 'warn', logTo: { write: (line) => void lines.push(line) } })
  try {
    expect(server.app.counts.shared).toBe('away')
    redis.thaw()
    await expect.poll(() => lines.join(''), { timeout: BACK_MS }).toMatch(/"reason":"WRONGPASS".*redis still does not answer/)
    expect(lines.join('')).not.toContain('another')
  } finally {
    redis.thaw()
    await server.close()
    await redis.close()
  }
})
