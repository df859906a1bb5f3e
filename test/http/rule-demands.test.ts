/** What a rule may demand without stopping anybody: new sessions, half the pace, work for a vote; and whom it keeps out. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Block } from '../../server/contract/moderation.ts'
import type { Challenge } from '../../server/contract/challenge.ts'
import type { Action } from '../../server/contract/rule.ts'
import { solveOnlyFor } from '../attacks/wrong-work.ts'
import { type TestApp, type TestProject, lenientPolicy, readEvents, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { fire } from '../helpers/rule-response.ts'
import { quickPolicy, solve } from '../helpers/solve.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

const MINUTE = 60_000
const IP = '203.0.113.7'

let server: TestApp
let project: TestProject
let moderator: Operator

beforeAll(async () => {
  server = await startApp({
    requestsPerMinute: 100_000,
    policy: {
      ...lenientPolicy, challenge: quickPolicy.challenge,
      windows: { ...lenientPolicy.windows, voter: { limit: 8, windowMs: MINUTE }, network: { limit: 10, windowMs: MINUTE } },
    },
  })
})
beforeEach(async () => {
  server.clock.now += 48 * 60 * MINUTE
  project = await server.addProject()
  server.project = project
  moderator = new Operator(server)
})
afterAll(() => server.close())

const action = (type: Action['type'], target: string): Action => ({ type, target, ttl: '30m' })
const undo = (id: number | undefined) => moderator.call('POST', `/moderation/v1/responses/${id}/undo`, { reason: 'a mistake' })
const blocks = async (): Promise<Block[]> =>
  expectJson<{ blocks: Block[] }>(await moderator.call('GET', `/moderation/v1/blocks?project=${project.key}`), 200).blocks
const passed = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length

/** Works for its votes, as the widget does; one that waits a second, so that nothing is found against it. */
class Worker extends Visitor {
  challenge: Challenge | null = null
  override async start() {
    const answer = await super.start()
    if (answer.statusCode === 201) this.challenge = answer.json<{ challenge: Challenge }>().challenge
    server.clock.now += 1000
    return answer
  }
  override async vote(itemId: string, value: 0 | 1 = 1, extra: object = {}) {
    if (this.session === '') await this.start()
    return await super.vote(itemId, value, { ...(this.challenge === null ? {} : { solution: solve(this.challenge, itemId) }), ...extra })
  }
}
const visitor = (ip = IP, more: object = {}): Worker => new Worker(server, { ip, ...more })

describe('Sessions, limits and work', () => {
  test('Sessions that began before are over, and a new one works at once; other sources notice nothing', async () => {
    const [someone, other] = [visitor(), visitor('203.0.113.8')]
    for (const each of [someone, other]) await each.vote(project.items[0])
    const { applied: [response] } = await fire(server, { group: { ipAddress: IP }, actions: [action('end_sessions', 'ipAddress')] })
    expectProblem(await someone.vote(project.items[1]), 401, 'session_expired')
    expectProblem(await someone.call('POST', '/feedback', { kind: 'idea', title: 'Hello', session: someone.session }), 401, 'session_expired')
    expect((await other.vote(project.items[1])).statusCode).toBe(200)
    const stale = someone.session
    expect((await someone.start()).statusCode).toBe(201)
    expect((await someone.vote(project.items[1])).statusCode).toBe(200)
    await undo(response?.id)
    someone.session = stale
    expect((await someone.call('POST', '/feedback', { kind: 'idea', title: 'Hello', session: stale })).statusCode).toBe(201)
  })

  test('A device’s sessions are over wherever it goes, and those of the same device after another alert too', async () => {
    const someone = visitor()
    await someone.vote(project.items[0])
    const { device } = (await moderator.votes()).votes[0] as unknown as { device: string }
    for (let turn = 0; turn < 2; turn += 1) {
      server.clock.now += MINUTE
      expect((await fire(server, { group: { device }, rule: 'device', actions: [action('end_sessions', 'device')] })).applied).toHaveLength(1)
      expectProblem(await someone.vote(project.items[1]), 401, 'session_expired')
      await someone.start()
      expect((await someone.vote(project.items[1], turn === 0 ? 1 : 0)).statusCode).toBe(200)
    }
  })

  test('Half as many votes and sessions fit, for that source alone, and all of them when it is over', async () => {
    const statuses = async (ip: string): Promise<number[]> => {
      server.clock.now = Math.ceil(server.clock.now / MINUTE) * MINUTE + 2 * MINUTE
      const someone = visitor(ip)
      await someone.start()
      return await Promise.all(Array.from({ length: 9 }, async (_, turn) => (await someone.vote(project.items[0], turn % 2 === 0 ? 1 : 0)).statusCode))
    }
    expect(passed(await statuses(IP))).toBe(8)
    const { applied: [response] } = await fire(server, { group: { ipAddress: IP }, actions: [action('tighten_limits', 'ipAddress')] })
    expect(passed(await statuses(IP))).toBe(4)
    expect(passed(await statuses('203.0.114.1'))).toBe(8)
    await undo(response?.id)
    expect(passed(await statuses(IP))).toBe(8)
  })

  test('A vote from there takes work, is counted when it is done, and none of it is told as suspicious', async () => {
    const someone = visitor()
    await someone.start()
    await fire(server, { group: { ipAddress: IP }, actions: [action('require_step_up', 'ipAddress')] })
    const asked = await someone.vote(project.items[0])
    expectProblem(asked, 403, 'challenge_required')
    expect(await readEvents(server, { ip: IP, project: project.key })).toEqual([])
    const { challenge } = asked.json<{ challenge: Challenge }>()
    expect(challenge.difficulty).toBe(quickPolicy.challenge?.stepUpDifficulty)
    // Work done for another item is none at all, which holds a vote, demanded or not.
    await someone.vote(project.items[1], 1, { solution: solveOnlyFor(challenge, project.items[0], project.items[1]) })
    expect(await moderator.columns(project.items[1])).toMatchObject({ counted: 0, held: 1 })
    expect((await someone.vote(project.items[0], 1, { solution: solve(challenge, project.items[0]) })).statusCode).toBe(200)
    expect(await moderator.columns(project.items[0])).toMatchObject({ counted: 1, held: 0 })
    expect((await someone.vote(project.items[0], 0)).statusCode).toBe(200)
    expect((await visitor('203.0.113.8').vote(project.items[0])).statusCode).toBe(200)
  })
})

describe('Users and keys', () => {
  test('A verified user is locked out on every device, and nobody else', async () => {
    const userToken = await signUserToken(server, 'usr_1')
    const [here, there] = [visitor(IP, { userToken }), visitor('198.51.100.9', { userToken })]
    await here.vote(project.items[0])
    const { voter } = (await moderator.votes()).votes.find(({ tier }) => tier === 'verified') ?? { voter: '' }
    const { applied: [response] } = await fire(server, { group: { voter }, actions: [action('lock_out', 'voter')] })
    expectProblem(await here.vote(project.items[1]), 403, 'blocked')
    expectProblem(await there.start(), 403, 'blocked')
    expect((await visitor(IP, { userToken: await signUserToken(server, 'usr_2') }).vote(project.items[1])).statusCode).toBe(200)
    await undo(response?.id)
    expect((await here.vote(project.items[1])).statusCode).toBe(200)
  })

  test('A suspended project key: the board is served, whatever writes is told to wait, and the other project goes on', async () => {
    const other = await server.addProject()
    const someone = visitor()
    await someone.vote(project.items[0])
    await fire(server, { group: {}, actions: [action('suspend_key', 'projectId')] })
    for (const answer of [await someone.start(), await someone.vote(project.items[1])]) {
      expectProblem(answer, 429, 'rate_limited')
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(1700)
    }
    expect(await someone.tally(project.items[0])).toBe(1)
    expect((await visitor(IP, { project: other }).start()).statusCode).toBe(201)
    expect(await blocks()).toMatchObject([{ kind: 'api_key', value: project.key, covers: 'writes' }])
  })

  test('A suspended operator’s token opens nothing, from anywhere, and the others of the same name do', async () => {
    const [stolen, kept] = [await server.operatorToken('moderator'), await server.operatorToken('moderator')]
    const { rows: [token] } = await server.app.db.query<{ id: number }>('select max(token_id) - 1 as id from operator_tokens')
    const { applied: [response] } = await fire(server, { group: { actor: `operator:${token?.id}` }, actions: [action('suspend_key', 'actor')] })
    for (const path of [`/moderation/v1/votes?project=${project.key}`, '/security/v1/events']) {
      expectProblem(await new Operator(server, stolen).call('GET', path), 403, 'blocked')
      expect((await new Operator(server, kept).call('GET', path)).statusCode).toBe(200)
    }
    await undo(response?.id)
    expect((await new Operator(server, stolen).call('GET', '/security/v1/events')).statusCode).toBe(200)
  })
})
