/** Two servers on one database and one Redis: what is counted is counted once for both, and what one knows the other does. */
import { createHmac, randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Challenge } from '../../server/contract/challenge.ts'
import { solveOnlyFor } from '../attacks/wrong-work.ts'
import { type TestApp, blockSource, readEvents } from '../helpers/app.ts'
import { StreamClient } from '../helpers/event-stream.ts'
import { type Nodes, countOf, faultsIn, limits, onNode, startNodes, tightPolicy } from '../helpers/nodes-on-redis.ts'
import { Person, columnsOf } from '../helpers/person.ts'
import { whyNoRedis } from '../helpers/redis.ts'
import { quickPolicy } from '../helpers/solve.ts'
import { tellTook } from '../helpers/took.ts'
import { Visitor, crowd } from '../helpers/visitor.ts'

const HOUR = 3_600_000
const MONITOR_SECRET = `whsec_${Buffer.from('a secret that monitors and we share').toString('base64')}`

describe.skipIf(whyNoRedis !== undefined)('Two nodes on one Redis', () => {
  let nodes: Nodes
  let first: TestApp
  let second: TestApp
  beforeAll(async () => {
    nodes = await startNodes({ policy: tightPolicy, requestsPerMinute: limits.route, monitorSecret: MONITOR_SECRET })
    first = nodes.first
    second = nodes.second
  })
  beforeEach(() => {
    first.clock.now += HOUR
  })
  afterAll(() => nodes.close())

  test('count a voter’s votes on both once, and the tallies equal a recount', async () => {
    const project = await nodes.project()
    const [item] = project.items
    const voters = await crowd(first, 25, { project })
    const answers = await Promise.all(voters.flatMap((voter, index) => {
      const ip = `10.200.${index}.9`
      return [voter.vote(item), onNode(second, voter, ip).vote(item), onNode(second, voter, ip).vote(item)]
    }))
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
    expect(await columnsOf(first, item, project)).toEqual({ counted: 25, held: 0, invalidated: 0 })
    expect(await faultsIn(first)).toEqual([])
  })

  test('let a voter vote as often as the limit says in all, one after another and all at once', async () => {
    const project = await nodes.project()
    const [item] = project.items
    const patient = new Visitor(first, { project, ip: '203.0.113.7' })
    await patient.start()
    const statuses: number[] = []
    for (let turn = 0; turn < limits.voter + 4; turn += 1) {
      statuses.push((await onNode(nodes.at(turn), patient, turn % 2 === 0 ? '203.0.113.7' : '198.51.100.7').vote(item, turn % 2 === 0 ? 1 : 0)).statusCode)
    }
    expect(statuses).toEqual([...Array<number>(limits.voter).fill(200), 429, 429, 429, 429])

    first.clock.now += HOUR
    const hasty = new Visitor(first, { project, ip: '203.0.113.7' })
    await hasty.start()
    const answers = await Promise.all(Array.from({ length: 4 * limits.voter }, (_, turn) => onNode(nodes.at(turn), hasty, `10.201.${turn}.9`).vote(item)))
    expect(countOf(answers.map(({ statusCode }) => statusCode), 200)).toBe(limits.voter)
  })

  test('let a network, and an IPv6 prefix, vote as often as the limit says in all', async () => {
    const project = await nodes.project()
    const [item] = project.items
    const office = await crowd(first, 2 * limits.network, { project })
    const fromOffice = await Promise.all(office.map((voter, turn) => onNode(nodes.at(turn), voter, `203.0.113.${turn + 1}`).vote(item)))
    expect(countOf(fromOffice.map(({ statusCode }) => statusCode), 200)).toBe(limits.network)

    first.clock.now += HOUR
    const customer = await crowd(first, 2 * limits.prefix, { project })
    const fromPrefix = await Promise.all(customer.map((voter, turn) => onNode(nodes.at(turn), voter, `2001:db8:5:${turn + 1}::1`).vote(item)))
    expect(countOf(fromPrefix.map(({ statusCode }) => statusCode), 200)).toBe(limits.prefix)
  })

  test('let a network start sessions as often as the limit says in all, and read boards besides', async () => {
    const project = await nodes.project()
    const answers = await Promise.all(Array.from({ length: 2 * limits.route }, (_, turn) => new Visitor(nodes.at(turn), { project, ip: `192.0.2.${turn + 1}` }).start()))
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect([countOf(statuses, 201), countOf(statuses, 429)]).toEqual([limits.route, limits.route])
    const wait = Number(answers.find(({ statusCode }) => statusCode === 429)?.headers['retry-after'])
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(60)
    const reads: number[] = []
    for (let turn = 0; turn < limits.route + 3; turn += 1) reads.push((await new Visitor(nodes.at(turn), { project, ip: '192.0.2.9' }).call('GET', '/board')).statusCode)
    expect(countOf(reads, 429)).toBe(3)
  })

  test('let an IPv6 prefix start sessions three times as often in all, through however many networks, and a voter write ten letters an hour', async () => {
    const project = await nodes.project()
    const answers = await Promise.all(Array.from({ length: 4 * limits.route }, (_, turn) => new Visitor(nodes.at(turn), { project, ip: `2001:db8:6:${turn + 1}::1` }).start()))
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect([countOf(statuses, 201), countOf(statuses, 429)]).toEqual([3 * limits.route, limits.route])

    const writer = new Visitor(first, { project, ip: '198.18.9.1' })
    await writer.start()
    const letters: number[] = []
    for (let turn = 0; turn < 14; turn += 1) {
      const letter = { kind: 'idea', title: `Letter ${turn}`, session: writer.session }
      letters.push((await onNode(nodes.at(turn), writer, `198.18.${turn + 10}.1`).call('POST', '/feedback', letter)).statusCode)
    }
    expect([countOf(letters, 201), countOf(letters, 429)]).toEqual([10, 4])
  })

  test('tell each other of reads that no route sees, a moment later', async () => {
    const project = await nodes.project()
    const now = first.clock.now
    for (let turn = 0; turn < limits.route; turn += 1) expect(first.app.routeLimits.countRead(project.id, '192.0.2.200', '198.18.7.0/24', now)).toBe(true)
    expect(first.app.routeLimits.countRead(project.id, '192.0.2.200', '198.18.7.0/24', now)).toBe(false)
    // The first is counted before the others’ are known, and brings the news with it.
    let asked = 0
    await expect.poll(() => {
      asked += 1
      return second.app.routeLimits.countRead(project.id, '192.0.2.200', '198.18.7.0/24', now)
    }, { interval: 500 }).toBe(false)
    expect(asked, 'by its own count it would still be let in').toBeLessThanOrEqual(limits.route)
    expect((await new Visitor(second, { project, ip: '198.18.7.3' }).call('GET', '/board')).statusCode).toBe(429)
  })

  test('refuse on both what was blocked on one', async () => {
    const project = await nodes.project()
    const visitor = new Visitor(second, { project, ip: '198.51.100.77' })
    expect((await visitor.call('GET', '/board')).statusCode).toBe(200)
    await blockSource(first, project, 'ip', '198.51.100.77')
    const begun = performance.now()
    await expect.poll(async () => (await visitor.start()).statusCode, { interval: 20 }).toBe(403)
    tellTook('a block on the other node', begun)
    expect((await new Visitor(first, { project, ip: '198.51.100.77' }).start()).statusCode).toBe(403)
  })

  test('show in the live feed of one what happened on the other', async () => {
    const project = await nodes.project()
    const base = await second.app.listen({ host: '127.0.0.1', port: 0 })
    const client = new StreamClient(base, first.operators.viewer)
    expect((await client.connect()).status).toBe(200)
    await expect.poll(() => client.messages.length).toBeGreaterThan(0)
    await new Visitor(first, { project, ip: '198.51.100.80', origin: 'https://rogue.example' }).start()
    const begun = performance.now()
    const isShown = (): boolean => [...client.rows.values()].some(({ eventType, metadata }) => eventType === 'origin_mismatch' && metadata.ipAddress === '198.51.100.80')
    await expect.poll(isShown, { interval: 20 }).toBe(true)
    tellTook('an event in the other node’s feed', begun)
    await client.drop()
  })

  test('take a monitor’s message once, whichever it comes to again', async () => {
    const id = randomUUID()
    const send = async (node: TestApp): Promise<number> => {
      const payload = JSON.stringify({ status: 'down' })
      const timestamp = String(Math.floor(first.clock.now / 1000))
      const mac = createHmac('sha256', Buffer.from(MONITOR_SECRET.slice(6), 'base64')).update(`${id}.${timestamp}.${payload}`).digest('base64')
      const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` }
      return (await node.app.inject({ method: 'POST', url: '/api/security/v1/monitors/uptime', remoteAddress: '198.51.100.81', payload, headers })).statusCode
    }
    for (const node of [first, second, second, first]) expect(await send(node)).toBe(204)
    await second.app.ledger.flush()
    const told = (await readEvents(first, { ip: '198.51.100.81' })).map(({ count }) => count)
    expect(told).toEqual([1])
  })

  test('leave nothing in Redis that does not expire', async () => {
    const redis = new Redis(nodes.redis.url)
    const now = first.clock.now
    for (let block = 0; block < 4; block += 1) {
      await Promise.all(Array.from({ length: 250 }, (_, index) => first.app.counts.hit(now, [{ window: 'network', key: `10.${block}.${index}.0/24` }])))
    }
    const [, keys, expires] = /keys=(\d+),expires=(\d+)/.exec(await redis.info('keyspace')) ?? []
    redis.disconnect()
    expect(Number(keys)).toBeGreaterThanOrEqual(1000)
    expect(expires).toBe(keys)
  })

  test('say in the health report and in the figures that limits are shared', async () => {
    const [system, metrics] = await Promise.all(['/api/security/v1/system', '/metrics'].map((url) =>
      second.app.inject({ url, remoteAddress: '198.51.100.82', headers: { authorization: first.operators.viewer } })))
    expect(system?.json()).toMatchObject({ sharedLimits: 'up' })
    expect(metrics?.body).toMatch(/^truetally_shared_limits_up 1$/m)
  })
})

describe.skipIf(whyNoRedis !== undefined)('Work and gestures on two nodes', () => {
  let nodes: Nodes
  beforeAll(async () => {
    nodes = await startNodes({ policy: quickPolicy })
  })
  afterAll(() => nodes.close())

  test('Work solved on one is the same vote on the other, and none for another item or device', async () => {
    const { first, second } = nodes
    const project = await nodes.project()
    const [item, other] = project.items
    const person = new Person(first, { project })
    await person.start()
    const body = { session: person.session, solution: solveOnlyFor(person.challenge as Challenge, item, other), signals: person.signals(), fingerprint: person.fingerprint }
    expect((await person.click(item, body)).statusCode).toBe(200)
    const elsewhere = new Person(second, { project })
    await elsewhere.start()
    for (let times = 0; times < 3; times += 1) expect((await elsewhere.click(item, body)).statusCode).toBe(200)
    expect(await columnsOf(first, item, project)).toEqual({ counted: 1, held: 0, invalidated: 0 })

    await elsewhere.click(other, body)
    expect(await columnsOf(first, other, project)).toEqual({ counted: 0, held: 1, invalidated: 0 })
    await elsewhere.click(item, { solution: body.solution })
    expect(await columnsOf(first, item, project)).toEqual({ counted: 1, held: 1, invalidated: 0 })
    expect(await faultsIn(first)).toEqual([])
  })

  test('A gesture made on one is noticed on the other when another device plays it back, and its own may repeat it', async () => {
    const { first, second } = nodes
    const project = await nodes.project()
    const [item, other] = project.items
    const person = new Person(first, { project })
    const signals = person.signals()
    await person.click(item, { signals })
    const bot = new Person(second, { project })
    await bot.click(item, { signals })
    expect(await columnsOf(first, item, project)).toEqual({ counted: 1, held: 1, invalidated: 0 })

    const same = new Person(second, { project, deviceToken: person.deviceToken as string, fingerprint: person.fingerprint, core: person.core })
    await same.click(other, { signals })
    expect(await columnsOf(first, other, project)).toEqual({ counted: 1, held: 0, invalidated: 0 })
  })
})
