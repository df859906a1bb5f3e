/**
 * The hole: each of several servers counts for itself, so a bot that takes turns gets every limit once per server, guesses twice
 * as long before it is stopped, and plays back on one server what was recorded on another. And whoever can make the shared store
 * go away is let through by all of them.
 */
import type { LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Policy } from '../../server/gate/policies/policy.ts'
import { type TestApp, ORIGIN, lenientPolicy } from '../helpers/app.ts'
import { type Nodes, startNodes } from '../helpers/nodes-on-redis.ts'
import { whyNoRedis } from '../helpers/redis.ts'
import { Visitor, crowd, expectProblem } from '../helpers/visitor.ts'

const windowMs = 60_000
const LIMIT = 10
const policy: Policy = { ...lenientPolicy, windows: { ...lenientPolicy.windows, network: { limit: LIMIT, windowMs } } }

const ask = (node: TestApp, url: string, ip: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> =>
  node.app.inject({ url, remoteAddress: ip, headers: { origin: ORIGIN, ...headers } })

describe.skipIf(whyNoRedis !== undefined)('Somebody who takes turns between the nodes', () => {
  let nodes: Nodes
  beforeAll(async () => {
    nodes = await startNodes({ policy, requestsPerMinute: 100_000 })
  })
  beforeEach(() => {
    nodes.first.clock.now += 3_600_000
  })
  afterAll(() => nodes.close())

  const settle = async (): Promise<void> => {
    for (const { app } of [nodes.first, nodes.second]) await app.responses.settled()
  }

  test('is let in as often as somebody who does not', async () => {
    const project = await nodes.project()
    const devices = await crowd(nodes.first, 3 * LIMIT, { project })
    const statuses: number[] = []
    for (const [turn, device] of devices.entries()) {
      const bot = new Visitor(nodes.at(turn), { project, ip: `203.0.113.${turn + 1}` })
      bot.session = device.session
      statuses.push((await bot.vote(project.items[0])).statusCode)
    }
    expect(statuses).toEqual([...Array<number>(LIMIT).fill(200), ...Array<number>(2 * LIMIT).fill(429)])
  })

  test('is stopped on both after as many guesses at keys as somebody who does not', async () => {
    const ip = '198.51.100.21'
    const statuses: number[] = []
    for (let turn = 0; turn < 10; turn += 1) statuses.push((await ask(nodes.at(turn), `/api/widget/v1/pk_guess${turn}/board`, ip)).statusCode)
    expect(statuses).toEqual(Array(10).fill(401))
    await settle()
    for (const node of [nodes.first, nodes.second]) {
      await expect.poll(async () => (await ask(node, '/api/widget/v1/pk_another/board', ip)).statusCode).toBe(403)
      expectProblem(await ask(node, '/api/widget/v1/pk_another/board', ip), 403, 'blocked')
    }
    await settle()
    const { rows } = await nodes.first.app.db.query<{ actor: string }>('select actor from blocks where matches = $1', [ip])
    expect(rows).toEqual([{ actor: 'rule:invalid_api_key' }])
  })

  test('is stopped for guesses at operator tokens alike', async () => {
    const ip = '198.51.100.22'
    const guess = async (node: TestApp, turn: number): Promise<number> =>
      (await ask(node, '/api/security/v1/events', ip, { authorization: `Bearer ttop_guess${turn}` })).statusCode
    for (let turn = 0; turn < 10; turn += 1) expect(await guess(nodes.at(turn), turn)).toBe(401)
    await settle()
    for (const [turn, node] of [nodes.first, nodes.second].entries()) await expect.poll(() => guess(node, 20 + turn)).toBe(403)
  })

  test('is not stopped sooner than that: nine guesses on two nodes are nine', async () => {
    const ip = '198.51.100.23'
    for (let turn = 0; turn < 9; turn += 1) await ask(nodes.at(turn), `/api/widget/v1/pk_ninth${turn}/board`, ip)
    // The same one again is the same offence, wherever it is shown.
    for (let turn = 0; turn < 4; turn += 1) await ask(nodes.at(turn), '/api/widget/v1/pk_ninth0/board', ip)
    await settle()
    for (const node of [nodes.first, nodes.second]) expect((await ask(node, `/api/widget/v1/${node.project.key}/board`, ip)).statusCode).toBe(200)
  })

  test('who makes Redis go away is limited by each node, and stopped by each', async () => {
    const project = await nodes.project()
    const devices = await crowd(nodes.first, 3 * LIMIT, { project })
    await nodes.redis.kill()
    const statuses: number[] = []
    for (const [turn, device] of devices.entries()) {
      const bot = new Visitor(nodes.first, { project, ip: `203.0.113.${turn + 1}` })
      bot.session = device.session
      statuses.push((await bot.vote(project.items[0])).statusCode)
    }
    expect(statuses).toEqual([...Array<number>(LIMIT).fill(200), ...Array<number>(2 * LIMIT).fill(429)])
    for (let turn = 0; turn < 10; turn += 1) await ask(nodes.first, `/api/widget/v1/pk_alone${turn}/board`, '198.51.100.24')
    expect((await ask(nodes.first, '/api/widget/v1/pk_another/board', '198.51.100.24')).statusCode).toBe(403)
  })
})
