/** Two servers as an operator runs them, each in a process of its own, on one database and one Redis with a password. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { MASTER_SECRET, ORIGIN, type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { type Node, startNode } from '../helpers/balanced-nodes.ts'
import { buildWhenMissing } from '../helpers/command.ts'
import { type TestRedis, startRedis, whyNoRedis } from '../helpers/redis.ts'
import { tellTook } from '../helpers/took.ts'
import { CHROME } from '../helpers/visitor.ts'

const LIMIT = 8
const PASSWORD = 'not for logs'
const ADMIN = 'ttop_for_two_processes'
/** As an operator would write it: short limits, and nothing that scripts without a browser are held for. */
const POLICY = `version: two-processes
challenge: null
weights: {missing-signals: 0, missing-browser-headers: 0}
windows: {voter: {limit: ${LIMIT}, windowMs: 60000}, network: {limit: ${LIMIT}, windowMs: 60000}}
`

/** Redis that comes and goes is believed later each time, up to half a minute. */
const BACK_MS = 120_000

const figureOf = async (port: number, name: 'up' | 'failures'): Promise<string | undefined> =>
  new RegExp(`^truetally_shared_limits_${name} (\\d+)$`, 'm').exec(
    await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization: `Bearer ${ADMIN}` } })).text())?.[1]

describe.skipIf(whyNoRedis !== undefined)('Two processes on one Redis', () => {
  let redis: TestRedis
  let home: TestApp
  let project: TestProject
  let nodes: Node[]

  beforeAll(async () => {
    buildWhenMissing()
    redis = await startRedis({ password: PASSWORD })
    home = await startApp()
    project = home.project
    const policy = join(inject('databaseServer').scratch, 'two-processes.yaml')
    writeFileSync(policy, POLICY)
    const environment = {
      DATABASE_URL: home.databaseUrl, REDIS_URL: redis.url, TRUETALLY_SECRET: MASTER_SECRET, TRUSTED_PROXIES: '1', GATE_POLICY: policy, LOG_LEVEL: 'debug',
      TRUETALLY_ADMIN_TOKEN: ADMIN,
    }
    nodes = await Promise.all([startNode(0, environment), startNode(0, environment)])
  })
  afterAll(async () => {
    for (const node of nodes) node.kill('SIGTERM')
    await Promise.all(nodes.map(({ ended }) => ended))
    await home.close()
    await redis.close()
  })

  const ask = (turn: number, method: string, path: string, from: string, body?: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${nodes[turn % 2]?.port}/api/widget/v1/${project.key}${path}`, {
      method, headers: { origin: ORIGIN, 'user-agent': CHROME, 'x-forwarded-for': from, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const startSession = async (turn: number, from: string): Promise<string> =>
    (await (await ask(turn, 'POST', '/sessions', from, {})).json() as { session: string }).session
  const vote = async (turn: number, session: string, from: string, item = project.items[0]): Promise<number> =>
    (await ask(turn, 'PUT', `/items/${item}/vote`, from, { value: 1, session })).status
  let rushes = 0
  let admitted = 0
  /** Votes of as many people of one network, another each time, by turns on both nodes; how many were let in. */
  const rush = async (people: number): Promise<number> => {
    const network = `203.0.${(rushes += 1)}`
    const sessions = await Promise.all(Array.from({ length: people }, (_, index) => startSession(index, `10.9.${index}.9`)))
    const answers = await Promise.all(sessions.map((session, index) => vote(index + 1, session, `${network}.${index + 1}`)))
    expect(answers.filter((status) => status !== 200 && status !== 429)).toEqual([])
    const letIn = answers.filter((status) => status === 200).length
    admitted += letIn
    return letIn
  }
  /** Another rush where one went over a minute’s end, or where `stateOf` the nodes was another one after it. */
  const rushWithin = async (people: number, stateOf: () => Promise<unknown> = async () => null): Promise<number> => {
    const now = async (): Promise<string> => JSON.stringify([Math.floor(Date.now() / 60_000), await stateOf()])
    for (;;) {
      const before = await now()
      const letIn = await rush(people)
      if (await now() === before) return letIn
    }
  }
  const bothUp = async (): Promise<void> => {
    for (const { port } of nodes) await expect.poll(() => figureOf(port, 'up'), { timeout: BACK_MS, interval: 200 }).toBe('1')
  }
  /** Both with Redis all the while: where it does not answer in time, on a busy machine, each node rightly counts for itself. */
  const rushTogether = (people: number): Promise<number> => rushWithin(people, async () => {
    await bothUp()
    return await Promise.all(nodes.map(({ port }) => figureOf(port, 'failures')))
  })

  test('count a network’s votes together, whoever it asks, and one voter’s vote once', async () => {
    expect(await rushTogether(3 * LIMIT)).toBe(LIMIT)
    const session = await startSession(0, '192.0.2.9')
    const statuses = await Promise.all([0, 1, 0, 1].map((turn) => vote(turn, session, `198.51.${100 + turn}.9`, project.items[1])))
    expect(new Set(statuses)).toEqual(new Set([200]))
    const { rows } = await home.app.db.query<{ counted: number }>(
      'select counted from tallies where project_id = $1 order by item_id', [project.id])
    expect(rows.map(({ counted }) => counted).slice(0, 2)).toEqual([admitted, 1])
    expect((await findTallyFaults(home.app.db)).faults).toEqual([])
  })

  test('go on when it is killed, each by itself, and together when it is back; and never say its password', async () => {
    await redis.kill()
    const begun = performance.now()
    const alone = await rushWithin(4 * LIMIT)
    tellTook('the first votes without Redis', begun)
    // Each node its own: not one more.
    expect(alone).toBe(2 * LIMIT)
    await redis.start()
    expect(await rushTogether(3 * LIMIT)).toBe(LIMIT)

    for (const { output } of nodes) {
      const said = output.out + output.err
      expect(said).toContain('redis does not answer')
      expect(said).toContain('redis is back')
      expect(said).not.toContain(PASSWORD)
      expect(said).not.toContain(encodeURIComponent(PASSWORD))
    }
  })

  test('say that the password is wrong, and not which it was', async () => {
    const node = await startNode(0, {
      DATABASE_URL: home.databaseUrl, REDIS_URL: redis.url.replace('not', 'never'), TRUETALLY_SECRET: MASTER_SECRET, LOG_LEVEL: 'debug',
    })
    const said = (): string => node.output.out + node.output.err
    // On a busy machine the server has started by the time it is refused.
    await expect.poll(said).toMatch(/WRONGPASS|NOAUTH/)
    node.kill('SIGTERM')
    expect(await node.ended).toBe(0)
    expect(said()).not.toMatch(/never(%20| )for/)
  })
})
