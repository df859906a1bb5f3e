/** How fast is too fast: voters and networks are told to wait and for how long; items never are. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Policy } from '../../server/gate/policies/policy.ts'
import { ORIGIN, type TestApp, type TestProject, lenientPolicy, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, addressAt, crowd, expectProblem, signUserToken } from '../helpers/visitor.ts'

const windowMs = 60_000
function policyWith(limits: { voter?: number; network?: number; prefix?: number; item?: number }): Policy {
  const { voter = 1000, network = 1000, prefix = 1000, item = 1000 } = limits
  const windows = { voter: { limit: voter, windowMs }, network: { limit: network, windowMs }, prefix: { limit: prefix, windowMs }, item: { limit: item, windowMs } }
  return { ...lenientPolicy, windows }
}

let app: TestApp
let project: TestProject
/** One server for the tests of a group, a project of its own for each of them. */
function serve(options: Parameters<typeof startApp>[0]): void {
  beforeAll(async () => {
    app = await startApp(options)
  })
  beforeEach(async () => {
    project = await app.addProject()
  })
  afterAll(() => app.close())
}

describe('A voter, and an item, over the limit', () => {
  serve({ policy: policyWith({ voter: 5, item: 10 }) })

  test('A voter over their limit is told to wait, may read on, and is heard again when the wait is over', async () => {
    const [item] = project.items
    const voter = new Visitor(app, { project })
    for (let turn = 1; turn <= 5; turn += 1) expect((await voter.vote(item, turn % 2 === 1 ? 1 : 0)).statusCode).toBe(200)

    const refused = await voter.vote(item, 0)
    expectProblem(refused, 429, 'rate_limited')
    const seconds = Number(refused.headers['retry-after'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(120)
    expect(refused.json()).toMatchObject({ retryAfter: seconds })
    expect(refused.headers).toMatchObject({ 'access-control-allow-origin': ORIGIN, 'access-control-expose-headers': 'etag, retry-after' })
    expect(await readEvents(app, { project: project.key })).toMatchObject([{
      eventType: 'rate_limit_exceeded', severity: 'medium',
      metadata: { ipAddress: '203.0.113.7', origin: ORIGIN, endpoint: 'PUT /api/widget/v1/{projectKey}/items/{itemId}/vote' },
      detail: { kind: 'vote-voter' },
    }])

    expect(await voter.tally(item)).toBe(1)
    expect((await voter.start()).statusCode).toBe(201)
    expect((await new Visitor(app, { project }).vote(item)).json()).toMatchObject({ votes: 2 })
    app.clock.now += seconds * 1000
    expect((await voter.vote(item, 0)).json()).toMatchObject({ value: 0, votes: 1 })
  })

  test('A user who is over the limit cannot go on from another device or network', async () => {
    const [item] = project.items
    const token = await signUserToken(app, 'usr_hasty', { project })
    for (let device = 0; device < 5; device += 1) {
      expect((await new Visitor(app, { project, ip: addressAt(device), userToken: token }).vote(item)).statusCode).toBe(200)
    }
    expectProblem(await new Visitor(app, { project, ip: addressAt(9), userToken: token }).vote(item), 429, 'rate_limited')
    expect((await new Visitor(app, { project, ip: addressAt(9), userToken: await signUserToken(app, 'usr_patient', { project }) }).vote(item)).statusCode).toBe(200)
  })

  test('An item everybody votes for at once refuses nobody and counts everybody', async () => {
    const [item] = project.items
    const voters = await crowd(app, 150, { project })
    const answers = await Promise.all(voters.map((voter) => voter.vote(item)))
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]))
    expect(await voters[0]?.tally(item)).toBe(150)
    expect(await readEvents(app, { project: project.key })).toEqual([])
  })

  test('A flood of one kind of event is one row that counts', async () => {
    const [item] = project.items
    const voter = new Visitor(app, { project })
    for (let turn = 0; turn < 105; turn += 1) await voter.vote(item)
    expect((await readEvents(app, { project: project.key })).map(({ eventType, count }) => [eventType, count])).toEqual([['rate_limit_exceeded', 100]])
  })
})

describe('A network over the limit', () => {
  serve({ policy: policyWith({ network: 20 }) })

  test('A network over its limit is told to wait before its bodies are read, and other networks are not', async () => {
    const [item] = project.items
    const neighbours = await Promise.all(Array.from({ length: 21 }, async (_, index) => {
      const neighbour = new Visitor(app, { project, ip: `203.0.113.${index + 1}` })
      await neighbour.start()
      return neighbour
    }))
    const answers = await Promise.all(neighbours.map((neighbour) => neighbour.vote(item)))
    expect(answers.slice(0, 20).map((answer) => answer.statusCode)).toEqual(Array(20).fill(200))
    const refused = answers[20] as (typeof answers)[number]
    expectProblem(refused, 429, 'rate_limited')
    const seconds = Number(refused.headers['retry-after'])
    expect(refused.headers['access-control-allow-origin']).toBe(ORIGIN)
    expectProblem(await (neighbours[0] as Visitor).call('PUT', `/items/${item}/vote`, { nonsense: true }), 429, 'rate_limited')

    const events = await readEvents(app, { project: project.key })
    expect(events.map((event) => [event.eventType, event.detail])).toEqual(
      [1, 2].map(() => ['rate_limit_exceeded', { kind: 'vote-network', network: '203.0.113.0/24' }]))
    expect((await new Visitor(app, { project, ip: '198.51.100.1' }).vote(item)).json()).toMatchObject({ votes: 21 })
    app.clock.now += (seconds + 10) * 1000
    expect((await (neighbours[20] as Visitor).vote(item)).json()).toMatchObject({ votes: 22 })
  })

  test('An IPv6 host cannot walk through its /64 to get past the limit', async () => {
    const [item] = project.items
    const statuses: number[] = []
    for (let host = 1; host <= 22; host += 1) statuses.push((await new Visitor(app, { project, ip: `2001:db8:1:2:${host}::${host}` }).vote(item)).statusCode)
    expect(statuses).toEqual([...Array(20).fill(200), 429, 429])
    expect((await new Visitor(app, { project, ip: '2001:db8:1:3::1' }).vote(item)).statusCode).toBe(200)
  })
})

describe('A route over the limit', () => {
  serve({ requestsPerMinute: 5 })

  test('Sessions are limited by network too, readably for the page, and it becomes an event', async () => {
    for (let visit = 0; visit < 5; visit += 1) expect((await new Visitor(app, { project }).start()).statusCode).toBe(201)
    const refused = await new Visitor(app, { project, ip: '203.0.113.99' }).start()
    expectProblem(refused, 429, 'rate_limited')
    expect(refused.headers).toMatchObject({ 'access-control-allow-origin': ORIGIN, 'retry-after': expect.stringMatching(/^[1-9]\d?$/) as string })
    expect(await readEvents(app, { project: project.key })).toMatchObject([{
      eventType: 'rate_limit_exceeded', metadata: { endpoint: 'POST /api/widget/v1/{projectKey}/sessions', ipAddress: '203.0.113.99', origin: ORIGIN },
    }])
    expect((await new Visitor(app, { project, ip: '198.51.100.1' }).start()).statusCode).toBe(201)
  })

  test('Readers, and a page on a refused origin, use up nobody’s sessions', async () => {
    const office = { project, ip: '192.0.2.50' }
    const statuses: number[] = []
    for (let request = 0; request < 6; request += 1) {
      statuses.push((await new Visitor(app, office).call('GET', '/board')).statusCode)
      statuses.push((await new Visitor(app, { ...office, origin: 'https://rogue.example' }).call('POST', '/sessions', {})).statusCode)
    }
    expect(statuses).toEqual([200, 403, 200, 403, 200, 403, 200, 403, 200, 403, 429, 429])
    expect((await new Visitor(app, office).start()).statusCode).toBe(201)
  })
})
