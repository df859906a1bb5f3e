/** What rules do by themselves: each action in force, ended by the clock, taken back exactly, and never against a person’s word. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import type { Block } from '../../server/contract/moderation.ts'
import type { Action } from '../../server/contract/rule.ts'
import { type TestApp, type TestProject, blockSource, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { expire, fire, listed } from '../helpers/rule-response.ts'
import { Visitor } from '../helpers/visitor.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const IP = '203.0.113.7'

let server: TestApp
let project: TestProject
let moderator: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
beforeEach(async () => {
  server.clock.now += 48 * HOUR
  project = await server.addProject()
  server.project = project
  moderator = new Operator(server)
})
afterAll(() => server.close())

const action = (type: Action['type'], target?: string, more: Partial<Action> = {}): Action =>
  ({ type, ttl: '30m', ...(target === undefined ? {} : { target }), ...more })
const undo = (id: number | undefined, operator = moderator) => operator.call('POST', `/moderation/v1/responses/${id}/undo`, { reason: 'a mistake' })
const blocks = async (): Promise<Block[]> =>
  expectJson<{ blocks: Block[] }>(await moderator.call('GET', `/moderation/v1/blocks?project=${project.key}`), 200).blocks
/** Of every item. */
const figures = () => Promise.all(project.items.map((item) => moderator.columns(item)))
const timeline = async (alertId: string): Promise<{ kind: string; actor: string; detail: Record<string, unknown> }[]> =>
  (await server.app.db.query('select kind, actor, detail from alert_timeline where alert_id = $1 order by entry_id', [alertId])).rows

const visitor = (ip = IP): Visitor => new Visitor(server, { ip })

describe('A block', () => {
  test('stops its source everywhere in the project, says how long, ends to the millisecond, and is told of', async () => {
    const someone = visitor()
    expect((await someone.vote(project.items[0])).statusCode).toBe(200)
    const { applied: [response], alert } = await fire(server, { group: { ipAddress: IP }, actions: [action('block', 'ipAddress')] })
    const refused = await someone.vote(project.items[1])
    expectProblem(refused, 403, 'blocked')
    expect(refused.headers['retry-after']).toBe('1800')
    expect((await visitor('203.0.113.8').vote(project.items[0])).statusCode).toBe(200)
    const stands = { action: 'block', target: IP, mode: 'enforce', rule: alert.rule, alertId: alert.id, endedAt: null, blockId: String(response?.blockId) }
    expect(await listed(server, { alert: alert.id, standing: 'true' })).toMatchObject([stands])
    expect(await blocks()).toMatchObject([{ value: IP, covers: 'widget', actor: `rule:${alert.rule}`, reason: alert.title, expiresAt: response?.expiresAt }])

    server.clock.now = (response?.expiresAt ?? 0) - 1
    expectProblem(await someone.call('GET', '/board'), 403, 'blocked')
    server.clock.now += 1
    expect((await someone.call('GET', '/board')).statusCode).toBe(200)
    expect((await expire(server)).ended.filter(({ projectId }) => projectId === project.id)).toHaveLength(1)
    expect(await expire(server)).toMatchObject({ ended: [], tallies: [] })
    expect(await listed(server, { alert: alert.id })).toMatchObject([{ endedBy: 'expiry', endedAt: response?.expiresAt }])
    expect(await timeline(alert.id)).toMatchObject([
      { kind: 'response', actor: `rule:${alert.rule}`, detail: { action: 'block', target: IP } }, { kind: 'response_ended', actor: 'expiry' },
    ])
  })

  test('takes twice as long the second time, and is not set again while it stands', async () => {
    const fired = { group: { ipAddress: IP }, rule: 'again', actions: [action('block', 'ipAddress', { backoff: { factor: 2, max: '1h' } })] }
    for (const minutes of [30, 60, 60]) {
      const { applied } = await fire(server, fired)
      expect(applied.map(({ expiresAt }) => expiresAt - server.clock.now)).toEqual([minutes * MINUTE])
      expect((await fire(server, fired)).applied).toEqual([])
      server.clock.now += minutes * MINUTE
      await expire(server)
    }
  })

  test('of an IPv6 address is one of its /64; of a network that of the group and no more', async () => {
    await fire(server, { group: { ipAddress: '2001:db8:5:6::1' }, actions: [action('block', 'ipAddress')] })
    expectProblem(await visitor('2001:db8:5:6:7::8').start(), 403, 'blocked')
    expect((await visitor('2001:db8:5:7::8').start()).statusCode).toBe(201)
    await fire(server, { group: { network: '198.51.100.0/24' }, actions: [action('block', 'network')] })
    expectProblem(await visitor('198.51.100.200').start(), 403, 'blocked')
    expect((await visitor('198.51.101.1').start()).statusCode).toBe(201)
  })

  test('of the installation holds in every project, for devices and voters too', async () => {
    const someone = visitor()
    await someone.vote(project.items[0])
    const { device } = (await moderator.votes()).votes[0] as unknown as { device: string }
    const { applied: [response] } = await fire(server, { projectId: 0, group: { device }, actions: [action('block', 'device')] })
    expectProblem(await someone.vote(project.items[1]), 403, 'blocked')
    const own = new Operator(server, await server.operatorToken('moderator', project.id))
    expectProblem(await undo(response?.id, own), 404, 'not_found')
    expect(await listed(server, {}, await server.operatorToken('moderator', project.id))).toEqual([])
    expect((await undo(response?.id)).statusCode).toBe(200)
    expect((await someone.vote(project.items[1])).statusCode).toBe(200)
  })

  test('makes a shorter automatic one longer, and never touches a person’s', async () => {
    await fire(server, { group: { ipAddress: IP }, rule: 'short', actions: [action('block', 'ipAddress', { ttl: '5m' })] })
    await fire(server, { group: { ipAddress: IP }, rule: 'long', actions: [action('block', 'ipAddress', { ttl: '2h' })] })
    expect((await blocks()).map(({ expiresAt }) => expiresAt - server.clock.now)).toEqual([2 * HOUR])
    server.clock.now += 5 * MINUTE
    await expire(server)
    expectProblem(await visitor().start(), 403, 'blocked')

    const other = '203.0.113.9'
    const manual = await blockSource(server, project, 'ip', other, server.clock.now + MINUTE)
    const { applied, timeline: told } = await fire(server, { group: { ipAddress: other }, actions: [action('block', 'ipAddress')] })
    expect(applied).toEqual([])
    expect(told).toMatchObject([{ kind: 'response', detail: { mode: 'none', because: 'blocked by a person' } }])
    expect((await blocks()).filter(({ value }) => value === other)).toMatchObject([{ id: manual, actor: 'a moderator', expiresAt: server.clock.now + MINUTE }])
  })

  test('on another node holds, and its undo too', async () => {
    const second = await startApp({ databaseUrl: server.databaseUrl, clock: () => server.clock.now })
    try {
      await second.app.projects.reload()
      const there = new Visitor(second, { project, ip: IP })
      const asked = async (): Promise<number> => (await there.call('GET', '/board')).statusCode
      expect(await asked()).toBe(200)
      const { applied: [response] } = await fire(server, { group: { ipAddress: IP }, actions: [action('block', 'ipAddress')] })
      await expect.poll(asked, { interval: 20 }).toBe(403)
      await undo(response?.id)
      await expect.poll(asked, { interval: 20 }).toBe(200)
    } finally {
      await second.close()
    }
  })
})

describe('Taking it back', () => {
  test('frees the source at once, is told of, can be done once, and leaves it alone for an hour', async () => {
    const { applied: [response], alert } = await fire(server, { group: { ipAddress: IP }, rule: 'freed', actions: [action('block', 'ipAddress')] })
    const answer = expectJson<{ response: object; tallyChanges: unknown[] }>(await undo(response?.id), 200)
    expect(answer).toMatchObject({ response: { endedBy: 'a moderator', endReason: 'a mistake', endedAt: server.clock.now }, tallyChanges: [] })
    expect((await visitor().start()).statusCode).toBe(201)
    expectProblem(await undo(response?.id), 409, 'already_undone')
    expect((await timeline(alert.id)).at(-1)).toMatchObject({ kind: 'response_ended', actor: 'a moderator', detail: { reason: 'a mistake' } })
    const again = { group: { ipAddress: IP }, rule: 'freed', actions: [action('block', 'ipAddress'), action('tighten_limits', 'ipAddress')] }
    expect((await fire(server, again)).timeline).toMatchObject([{ detail: { because: 'pardoned' } }, { detail: { because: 'pardoned' } }])
    server.clock.now += HOUR
    expect((await fire(server, again)).applied).toHaveLength(2)
  })

  test('by lifting the block ends the response in that person’s name, and a person’s block on the same stays when the response is undone', async () => {
    const { applied: [response], alert } = await fire(server, { group: { ipAddress: IP }, actions: [action('block', 'ipAddress')] })
    expect((await moderator.call('DELETE', `/moderation/v1/blocks/${response?.blockId}?project=${project.key}`)).statusCode).toBe(204)
    await expire(server)
    expect(await listed(server, { alert: alert.id })).toMatchObject([{ endedBy: 'a moderator' }])

    const other = '203.0.113.10'
    const { applied: [second] } = await fire(server, { group: { ipAddress: other }, actions: [action('block', 'ipAddress')] })
    const manual = await blockSource(server, project, 'ip', other)
    expect((await undo(second?.id)).statusCode).toBe(200)
    expectProblem(await visitor(other).start(), 403, 'blocked')
    expect((await blocks()).map(({ id }) => id)).toEqual([manual])
  })

  test('is for whoever moderates the project, and pages through what there is', async () => {
    for (let n = 1; n <= 5; n += 1) await fire(server, { group: { ipAddress: `198.51.100.${n}` }, actions: [action('block', 'ipAddress')] })
    const elsewhere = await server.addProject()
    const own = await server.operatorToken('moderator', elsewhere.id)
    expect(await listed(server, {}, own)).toEqual([])
    const [first] = await listed(server, { project: project.key })
    expectProblem(await undo(Number(first?.id), new Operator(server, own)), 404, 'not_found')
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const search: URLSearchParams = new URLSearchParams({ project: project.key, limit: '2', ...(cursor === '' ? {} : { cursor }) })
      const page: { responses: { target: string }[]; nextCursor: string | null } = expectJson(await moderator.call('GET', `/moderation/v1/responses?${search}`), 200)
      seen.push(...page.responses.map(({ target }) => target))
      cursor = page.nextCursor
    }
    expect(seen).toEqual([5, 4, 3, 2, 1].map((n) => `198.51.100.${n}`))
  })
})

describe('Votes', () => {
  test.each([['hold_votes', 'held'], ['invalidate_votes', 'invalidated']] as const)('%s: those of the group, out of the tally until it ends, and then as before', async (type, state) => {
    for (let voter = 0; voter < 3; voter += 1) await visitor('198.51.100.4').vote(project.items[0])
    for (const item of project.items) await visitor('203.0.113.8').vote(item)
    const before = await figures()
    const item = project.items[0]
    const { applied: [response], tallies } = await fire(server, { group: { itemId: item, ipAddress: '198.51.100.4' }, actions: [action(type)] })
    expect(response).toMatchObject({ target: `votes on item ${item} from 198.51.100.4`, detail: { votes: 3 } })
    expect(tallies).toHaveLength(1)
    expect(await moderator.columns(item)).toMatchObject({ counted: 1, [state]: 3 })
    expect((await figures()).slice(1)).toEqual(before.slice(1))
    expect(await visitor('192.0.2.1').tally(item)).toBe(1)
    // What comes since is counted, and stays.
    await visitor('203.0.113.11').vote(item)
    server.clock.now += 30 * MINUTE
    await expire(server)
    expect(await moderator.columns(item)).toEqual({ ...before[0], counted: 5 })
    expect((await findTallyFaults(server.app.db)).faults).toEqual([])
    expect(await visitor('192.0.2.1').tally(item)).toBe(5)
  })

  test('An undo puts them back exactly, beside a moderator’s hold that stays', async () => {
    const item = project.items[0]
    for (const last of [1, 2, 3]) await visitor(`198.51.100.${last}`).vote(item)
    const { id } = await moderator.hold({ filter: { item, ip: '198.51.100.1' } })
    const before = await figures()
    const { applied: [response] } = await fire(server, { group: { itemId: item, network: '198.51.100.0/24' }, actions: [action('invalidate_votes')] })
    expect(await moderator.columns(item)).toEqual({ counted: 0, held: 0, invalidated: 3 })
    const answer = expectJson<{ tallyChanges: object[] }>(await undo(response?.id), 200)
    expect(answer.tallyChanges).toEqual([{ itemId: item, before: 0, after: 2 }])
    expect(await figures()).toEqual(before)
    expect((await findTallyFaults(server.app.db)).faults).toEqual([])
    await moderator.undo(id)
    expect(await moderator.columns(item)).toMatchObject({ counted: 3 })
    const again = await fire(server, { group: { itemId: item, network: '198.51.100.0/24' }, actions: [action('invalidate_votes')] })
    expect(again.timeline).toMatchObject([{ detail: { because: 'pardoned' } }])
  })

  test('Where a person said that the alert was right they stay out past the time, until somebody undoes it', async () => {
    const item = project.items[0]
    await visitor().vote(item)
    const { applied: [response], alert } = await fire(server, { group: { itemId: item, ipAddress: IP }, actions: [action('invalidate_votes')] })
    await server.app.db.query(`update alerts set disposition = 'true_positive' where project_id = $1 and alert_id = $2`, [project.id, alert.id])
    server.clock.now += HOUR
    expect((await expire(server)).ended.filter(({ projectId }) => projectId === project.id)).toEqual([])
    expect(await moderator.columns(item)).toMatchObject({ counted: 0, invalidated: 1 })
    await moderator.undo(String(response?.invalidationId))
    expect((await expire(server)).ended.filter(({ projectId }) => projectId === project.id)).toMatchObject([{ endedBy: 'a moderator' }])
    expect(await moderator.columns(item)).toMatchObject({ counted: 1, invalidated: 0 })
  })

  test('A group that cannot be told apart, or that has no votes, changes nothing', async () => {
    const item = project.items[0]
    await visitor().vote(item)
    const { applied } = await fire(server, { group: { itemId: item, score: '0.4' }, actions: [action('hold_votes')] })
    expect(applied).toMatchObject([{ mode: 'log', invalidationId: null, detail: { because: expect.stringContaining('told apart by score') as string } }])
    expect((await fire(server, { group: { itemId: item, fingerprint: 'nobody' }, actions: [action('hold_votes')] })).applied).toEqual([])
    expect(await moderator.columns(item)).toEqual({ counted: 1, held: 0, invalidated: 0 })
  })
})

const because = async (group: Record<string, string>, target: string): Promise<unknown[]> =>
  (await fire(server, { group, proxies: ['10.9.0.0/16'], actions: [action('block', target)] })).applied.map(({ mode, blockId, detail }) => [mode, blockId, detail.because !== undefined])

describe('Only written down', () => {
  test.each([['the rule', { mode: 'log' as const }], ['the gate', { logOnly: true }]])('where %s says so: rows say what would have been done, and nothing was', async (_title, how) => {
    const someone = visitor()
    await someone.vote(project.items[0])
    const before = await moderator.columns(project.items[0])
    const { applied, tallies, blocksChanged } = await fire(server, {
      group: { ipAddress: IP }, ...how,
      actions: [action('block', 'ipAddress'), action('end_sessions', 'ipAddress'), action('require_step_up', 'ipAddress'), action('hold_votes')],
    })
    expect(applied.map((row) => [row.action, row.mode, row.blockId, row.invalidationId])).toEqual(
      ['block', 'end_sessions', 'require_step_up', 'hold_votes'].map((type) => [type, 'log', null, null]))
    expect(applied.at(-1)?.detail.votes).toBe(1)
    expect([tallies, blocksChanged]).toEqual([[], false])
    expect((await someone.vote(project.items[1])).statusCode).toBe(200)
    expect(await moderator.columns(project.items[0])).toEqual(before)
    expect(await blocks()).toEqual([])
    server.clock.now += HOUR
    expect((await expire(server)).ended.filter(({ projectId }) => projectId === project.id)).toHaveLength(4)
  })

  test('against this host, its proxies and the project’s own origin', async () => {
    for (const [group, target] of [
      [{ ipAddress: '127.0.0.1' }, 'ipAddress'], [{ ipAddress: '10.9.1.1' }, 'ipAddress'], [{ network: '10.9.1.0/24' }, 'network'], [{ origin: 'https://shop.example' }, 'origin'],
    ] as const) expect(await because(group, target)).toEqual([['log', null, true]])
  })
})
