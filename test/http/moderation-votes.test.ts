import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectProblem } from '../helpers/operator.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

let server: TestApp
let project: TestProject
let moderator: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += 3_600_000
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project)
})

describe('releasing held votes', () => {
  const fingerprint = 'abcdef0123456789'

  test('counts them, says what changed, and the public board shows it', async () => {
    const [item] = project.items
    for (let n = 0; n < 4; n += 1) await new Visitor(server, { project }).vote(item, 1, { fingerprint })
    const board = new Visitor(server, { project })
    expect(await board.tally(item)).toBe(1)
    const preview = (await moderator.call('POST', '/moderation/v1/votes/release', {
      project: project.key, filter: { fingerprint }, reason: 'one classroom', dryRun: true,
    })).json()
    expect(preview).toEqual({ id: null, matched: 3, tallyChanges: [{ itemId: item, before: 1, after: 4 }] })
    expect(await board.tally(item)).toBe(1)

    expect({ ...(await moderator.release({ filter: { fingerprint } })), id: null }).toEqual(preview)
    expect(await board.tally(item)).toBe(4)
    expect(await moderator.columns(item)).toEqual({ counted: 4, held: 0, invalidated: 0 })
    expect((await moderator.release({ filter: { fingerprint } })).matched).toBe(0)
  })

  test('touches neither counted nor invalidated votes', async () => {
    const [item] = project.items
    for (let n = 0; n < 3; n += 1) await new Visitor(server, { project }).vote(item, 1, { fingerprint })
    await moderator.invalidate({ filter: { item } })
    expect(await moderator.release({ filter: { item } })).toMatchObject({ matched: 0, tallyChanges: [] })
    expect(await moderator.columns(item)).toEqual({ counted: 0, held: 0, invalidated: 2 + 1 })
  })

  test('is taken back exactly, and once', async () => {
    const [item] = project.items
    for (let n = 0; n < 4; n += 1) await new Visitor(server, { project }).vote(item, 1, { fingerprint })
    const before = (await moderator.votes()).votes
    const { id, matched } = await moderator.release({ filter: { state: 'held' } })
    expect(matched).toBe(3)
    expect((await moderator.votes({ state: 'held' })).votes).toEqual([])
    const log = (await moderator.call('GET', `/moderation/v1/invalidations?project=${project.key}`)).json<{ invalidations: object[] }>()
    expect(log.invalidations).toEqual([expect.objectContaining({ id, effect: 'release', matched: 3, undoable: true, undoneAt: null })])
    expect(await moderator.undo(id)).toEqual({ id, matched: 3, tallyChanges: [{ itemId: item, before: 4, after: 1 }] })
    expect((await moderator.votes()).votes).toEqual(before)
    expectProblem(await moderator.call('POST', `/moderation/v1/invalidations/${id}/undo`, {}), 409, 'already_undone')
  })

  test('is taken back below what was done since: an invalidation over it stays', async () => {
    const [item] = project.items
    for (let n = 0; n < 3; n += 1) await new Visitor(server, { project }).vote(item, 1, { fingerprint })
    const released = await moderator.release({ filter: { item } })
    const taken = await moderator.invalidate({ filter: { item } })
    expect((await moderator.undo(released.id)).matched).toBe(0)
    expect(await moderator.columns(item)).toEqual({ counted: 0, held: 0, invalidated: 3 })
    expect((await moderator.undo(taken.id)).matched).toBe(3)
    expect(await moderator.columns(item)).toEqual({ counted: 1, held: 2, invalidated: 0 })
  })

  test('from before there were layers for it cannot be taken back, and says so', async () => {
    const { rows: [old] } = await server.app.db.query<{ id: number }>(
      `insert into invalidations (project_id, reason, actor, request, matched, effect, final) values ($1, 'long ago', 'x', '{}', 2, 'c', true)
       returning invalidation_id as id`, [project.id])
    const log = (await moderator.call('GET', `/moderation/v1/invalidations?project=${project.key}`)).json<{ invalidations: object[] }>()
    expect(log.invalidations).toEqual([expect.objectContaining({ effect: 'release', undoable: false })])
    expectProblem(await moderator.call('POST', `/moderation/v1/invalidations/${old?.id}/undo`, {}), 409, 'not_undoable')
  })

  test('a released vote that its voter takes back and casts again stays counted', async () => {
    const [item] = project.items
    await new Visitor(server, { project }).vote(item, 1, { fingerprint })
    const held = new Visitor(server, { project })
    await held.vote(item, 1, { fingerprint })
    await moderator.release({ filter: { state: 'held' } })
    await held.vote(item, 0, { fingerprint })
    await held.vote(item, 1, { fingerprint })
    expect(await moderator.columns(item)).toEqual({ counted: 2, held: 0, invalidated: 0 })
  })
})

describe('the vote list', () => {
  test.each([1, 7, 50])('in pages of %i covers every vote exactly once, newest first, while new ones arrive', async (limit) => {
    const ids = new Set<string>()
    for (let n = 0; n < 23; n += 1) {
      // Several in the same millisecond: the order needs more than the time.
      if (n % 4 === 0) server.clock.now += 1000
      await new Visitor(server, { project }).vote(project.items[n % 3] as string)
    }
    for (const { id } of (await moderator.votes({ limit: 200 })).votes) ids.add(id)
    expect(ids.size).toBe(23)

    const seen: { id: string; castAt: number }[] = []
    for (let cursor: string | null = null; ;) {
      const page = await moderator.votes({ limit, ...(cursor === null ? {} : { cursor }) })
      seen.push(...page.votes)
      cursor = page.nextCursor
      if (cursor === null) break
      expect(page.votes).toHaveLength(limit)
      server.clock.now += 1000
      await new Visitor(server, { project }).vote(project.items[0])
    }
    expect(seen.map(({ id }) => id).toSorted()).toEqual([...ids].toSorted())
    expect(seen.map(({ castAt }) => castAt)).toEqual(seen.map(({ castAt }) => castAt).toSorted((a, b) => b - a))
  })

  test.each(['x', 'AAAA', Buffer.from('1~2').toString('base64url'), Buffer.from('1~1~; drop table votes').toString('base64url'),
    Buffer.from('99999999999999999999~1~00000000-0000-0000-0000-000000000000').toString('base64url')])('refuses the cursor %s', async (cursor) => {
    const answer = await moderator.call('GET', `/moderation/v1/votes?project=${project.key}&cursor=${cursor}`)
    expectProblem(answer, 400, 'invalid_cursor')
  })

  test.each(['limit=0', 'limit=201', 'limit=x', 'state=wrong', 'since=-1', 'item=0', 'unknown=1', 'ip=300.1.1.1', 'network=1.2.3.4/33'])('refuses ?%s', async (query) => {
    expectProblem(await moderator.call('GET', `/moderation/v1/votes?project=${project.key}&${query}`), 400, 'invalid_request')
  })

  test('tells why a vote was judged as it was, and nothing a person could be found by but masked', async () => {
    const sub = 'customer-4711-in-private'
    const email = 'ada.lovelace@example.com'
    const userToken = await signUserToken(server, sub, { project, claims: { email } })
    const [item] = project.items
    await new Visitor(server, { project, userToken }).vote(item, 1, { signals: { webdriver: true, input: 'mouse', pressMs: 80 } })
    const answer = await moderator.call('GET', `/moderation/v1/votes?project=${project.key}&tier=verified`)
    expect(answer.body).not.toContain(sub)
    expect(answer.body).not.toContain(email)
    expect(answer.body).not.toContain('lovelace')
    expect(answer.json<{ votes: unknown[] }>().votes).toEqual([{
      id: expect.stringMatching(new RegExp(`^${item}:[0-9a-f-]{36}$`)), itemId: item, voter: expect.any(String), tier: 'verified', state: 'counted',
      value: 1, castAt: server.clock.now, supersededBy: null, ipAddress: '203.0.113.7', fingerprint: null, device: expect.any(String),
      endUser: 'customer***', userAgent: expect.stringContaining('Chrome'), score: expect.any(Number), policy: expect.any(String),
      breakdown: expect.objectContaining({ found: expect.arrayContaining([expect.objectContaining({ detector: 'webdriver' })]) }),
      reasons: expect.arrayContaining(['The browser says itself that a program drives it.']),
      heldFor: null, cohortId: null, core: null, asn: null, country: null,
    }])
  })

  test('of another project is not reachable by its items', async () => {
    await new Visitor(server, { project }).vote(project.items[0])
    const stranger = new Operator(server, server.operators.moderator, await server.addProject())
    expect((await stranger.votes({ item: project.items[0] })).votes).toEqual([])
  })

  test('of a project that does not exist is a 404', async () => {
    expectProblem(await moderator.call('GET', '/moderation/v1/votes?project=pk_nobody'), 404, 'unknown_project')
    expectProblem(await moderator.call('GET', '/moderation/v1/votes?project=9999999999'), 404, 'unknown_project')
    expectProblem(await moderator.call('GET', '/moderation/v1/votes'), 400, 'invalid_request')
  })
})
