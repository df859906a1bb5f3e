import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TrafficAnswer } from '../../server/contract/pictures.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { recordVote } from '../helpers/recorded-votes.ts'
import { Visitor } from '../helpers/visitor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let server: TestApp
let project: TestProject
let now: number

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  // Far from what the test before did.
  server.clock.now = Math.floor(server.clock.now / DAY) * DAY + 3 * DAY + 10 * HOUR + 20 * MINUTE
  now = server.clock.now
  project = await server.addProject()
})

const viewer = (): Operator => new Operator(server, server.operators.viewer)
const read = async (query: string, operator = viewer()): Promise<TrafficAnswer> => expectJson(await operator.call('GET', `/security/v1/traffic?${query}`), 200)

describe('the traffic', () => {
  test('is counted where it happened: requests, denials, votes, held ones and events', async () => {
    const visitor = new Visitor(server, { project })
    await visitor.vote(project.items[0])
    await visitor.vote('999999')
    await new Visitor(server, { project, origin: 'https://evil.example' }).call('GET', '/board')
    server.clock.now += 2 * MINUTE
    await recordVote(server, project, { itemId: project.items[1], heldFor: 'score' })
    await recordVote(server, project, { itemId: project.items[2], value: 0 })
    await visitor.call('GET', '/board')
    const { since, until, bucketMs, buckets, total, before } = await read(`project=${project.key}&since=${now - 30_000}&bucket=1m`)
    expect([since, until, bucketMs]).toEqual([now - MINUTE, now + 2 * MINUTE, MINUTE])
    expect(buckets.map(({ at }) => at)).toEqual([now - MINUTE, now, now + MINUTE])
    // A session, a vote, one on nothing, a page that may not. What was asked at the last moment is past `until`.
    expect(buckets[1]).toMatchObject({ requests: 4, denied: 1, errors: 0, votes: 1, held: 0, events: { low: 0, medium: 1, high: 0, critical: 0 }, otherRequests: 0 })
    expect(buckets[0]).toMatchObject({ requests: 0, meanMs: null, p95Ms: null })
    expect(total).toMatchObject({ requests: 4, votes: 1 })
    expect(before).toMatchObject({ requests: 0, votes: 0, meanMs: null })
    server.clock.now += MINUTE
    const later = await read(`project=${project.key}&since=${now}&bucket=1m`)
    expect(later.buckets[2]).toMatchObject({ requests: 1, votes: 1, held: 1 })
    expect(later.total).toMatchObject({ requests: 5, denied: 1, votes: 2, held: 1 })
    expect((await read(`project=${project.key}&since=${now + 3 * MINUTE - 1}&until=${now + 3 * MINUTE}&bucket=1m`)).before).toMatchObject({ requests: 0 })
  })

  test('is compared with as long a time before', async () => {
    const visitor = new Visitor(server, { project })
    await visitor.vote(project.items[0])
    server.clock.now += DAY
    await visitor.call('GET', '/board')
    const end = now + 2 * DAY - 2 * HOUR
    server.clock.now = end
    const { total, before } = await read(`project=${project.key}&since=${end - DAY}`)
    expect([total.requests, before.requests, before.votes]).toEqual([1, 2, 1])
  })

  test('says how long answers took: the mean as it is, the 95th percentile between two bounds', async () => {
    await server.app.traffic.flush()
    const line = async (requests: number, durationMs: number, latency: number[], endpoint = 'GET /api/widget/v1/{projectKey}/board'): Promise<void> => {
      await server.app.db.query(
        `insert into traffic (project_id, occurred_at, node, endpoint, status, requests, duration_ms, latency) values ($1, $2, gen_random_uuid(), $3, 2, $4, $5, $6)`,
        [project.id, new Date(now - MINUTE), endpoint, requests, durationMs, latency])
    }
    await line(90, 90, [90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    await line(10, 1500, [0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0])
    await line(5, 9000, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0], 'GET /api/security/v1/events')
    const { total } = await read(`project=${project.key}`)
    expect(total).toMatchObject({ requests: 100, meanMs: 15.9, p95Ms: 150, otherRequests: 5 })
    // Lines of a time before there were bounds.
    await server.app.db.query(`update traffic set latency = '{}' where project_id = $1`, [project.id])
    expect((await read(`project=${project.key}`)).total).toMatchObject({ requests: 100, meanMs: 15.9, p95Ms: null })
  })

  test('of all projects has also what names none', async () => {
    await server.app.inject({ url: '/nothing/here' })
    await server.app.inject({ url: '/api/widget/v1/pk_nobody/board' })
    await new Visitor(server, { project }).call('GET', '/board')
    server.clock.now += MINUTE
    expect((await read(`since=${now}`)).total).toMatchObject({ requests: 2, denied: 1, otherRequests: 1 })
    expect((await read(`since=${now}&project=${project.key}`)).total).toMatchObject({ requests: 1, denied: 0, otherRequests: 0 })
    const bound = new Operator(server, await server.operatorToken('viewer', project.id))
    expect((await read(`since=${now}`, bound)).total).toMatchObject({ requests: 1 })
    expectProblem(await bound.call('GET', `/security/v1/traffic?project=${server.project.key}`), 404, 'unknown_project')
  })

  test.each([
    [2 * HOUR, MINUTE], [DAY, 15 * MINUTE], [7 * DAY, HOUR], [30 * DAY, 6 * HOUR], [90 * DAY, DAY],
  ])('over %d ms comes in buckets of %d ms that begin with the clock', async (length, bucketMs) => {
    const answer = await read(`since=${now - length}`)
    expect(answer.bucketMs).toBe(bucketMs)
    expect(answer.since).toBe(Math.floor((now - length) / bucketMs) * bucketMs)
    expect(answer.buckets.length).toBe(Math.ceil((now - answer.since) / bucketMs))
    expect(answer.buckets.every(({ at }, n) => at === answer.since + n * bucketMs)).toBe(true)
  })

  test.each([
    ['since=5&until=4'], ['since=99999999999999'], ['bucket=2h'], ['bucket=1m&since=1'], ['x=1'], ['project=%00'], ['since=yesterday'], ['since=1&bucket=1h'], ['since=8640000000000000'],
  ])('is not given for %s', async (query) => {
    expectProblem(await viewer().call('GET', `/security/v1/traffic?${query}`), 400, 'invalid_request')
  })
})
