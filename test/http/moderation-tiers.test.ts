/** Who the votes are of, and how many of those without an account a board shows. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { publicTally } from '../../server/gate/public-tally.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { type VoteDraft, recordVote } from '../helpers/recorded-votes.ts'
import { Visitor } from '../helpers/visitor.ts'
import { randomFrom } from '../helpers/vote-model.ts'

let server: TestApp
let project: TestProject
let moderator: Operator
let admin: Operator
let item: string

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += 3_600_000
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project)
  admin = new Operator(server, server.operators.admin, project)
  ;[item] = project.items
})

async function cast(count: number, draft: Partial<VoteDraft> = {}): Promise<string[]> {
  return await Promise.all(Array.from({ length: count }, async () => (await recordVote(server, project, { itemId: item, ...draft })).id))
}
const cap = async (anonymousShare: number | null): Promise<void> => {
  expect(expectJson(await admin.call('PATCH', `/operator/v1/projects/${project.key}`, { anonymousShare }), 200)).toMatchObject({ anonymousShare })
}
const shown = (): Promise<number> => new Visitor(server, { project }).tally(item)
const etag = async (): Promise<unknown> => (await new Visitor(server, { project }).call('GET', '/board')).headers['etag']
const faults = async (): Promise<unknown[]> => (await findTallyFaults(server.app.db)).faults

describe('counts by tier', () => {
  test('tell verified and device votes apart in every column', async () => {
    await cast(5)
    await cast(3, { tier: 'v' })
    await cast(2, { heldFor: 'seat' })
    await cast(1, { tier: 'v', heldFor: 'age' })
    const [taken = ''] = await cast(1, { tier: 'v' })
    await moderator.invalidate({ voteIds: [taken] })
    await cast(1, { value: 0 })
    expect(await moderator.columns(item)).toEqual({ counted: 8, held: 3, invalidated: 1 })
    expect(await moderator.tiers(item)).toEqual({
      verified: { counted: 3, held: 1, invalidated: 1 }, device: { counted: 5, held: 2, invalidated: 0 },
    })
  })

  test('follow releases, holds, undos and minds changed', async () => {
    const [own = ''] = await cast(1, { tier: 'v' })
    await cast(2)
    await cast(2, { tier: 'v', heldFor: 'score' })
    const held = await moderator.hold({ filter: { tier: 'device' } })
    expect((await moderator.tiers(item)).device).toEqual({ counted: 0, held: 2, invalidated: 0 })
    await moderator.release({ filter: { tier: 'verified', state: 'held' } })
    await moderator.undo(held.id)
    await recordVote(server, project, { itemId: item, voter: own.split(':')[1] ?? '', tier: 'v', value: 0 })
    expect(await moderator.tiers(item)).toEqual({
      verified: { counted: 2, held: 0, invalidated: 0 }, device: { counted: 2, held: 0, invalidated: 0 },
    })
    expect(await faults()).toEqual([])
  })

  test('of a new item are none', async () => {
    const made = expectJson<{ votes: object }>(await moderator.call('POST', '/moderation/v1/items', { project: project.key, title: 'Wish list' }), 201)
    const none = { counted: 0, held: 0, invalidated: 0 }
    expect(made.votes).toEqual({ ...none, byTier: { verified: none, device: none } })
  })
})

describe('the cap on anonymous votes', () => {
  test('shows as many as its share allows, and all of them again when it is raised or lifted', async () => {
    await cast(20)
    await cast(7, { tier: 'v' })
    expect(await shown()).toBe(27)
    for (const [share, expected] of [[0.5, 14], [0.3, 10], [0, 7], [0.999, 27], [0.5, 14], [null, 27]] as const) {
      await cap(share)
      expect({ share, shown: await shown() }).toEqual({ share, shown: expected })
    }
    // Nothing but what is shown has changed.
    expect(await moderator.columns(item)).toEqual({ counted: 27, held: 0, invalidated: 0 })
    expect(await faults()).toEqual([])
  })

  test('moves with every commit, here and on another node', async () => {
    await cap(0.5)
    const second = await startApp({ databaseUrl: server.databaseUrl, clock: () => server.clock.now })
    try {
      const there = (): Promise<number> => new Visitor(second, { project }).tally(item)
      await cast(4)
      expect([await shown(), await there()]).toEqual([0, 0])
      await cast(2, { tier: 'v' })
      expect(await shown()).toBe(4)
      await expect.poll(there, { interval: 50 }).toBe(4)
      await cap(0.7)
      expect(await shown()).toBe(6)
      await expect.poll(there, { interval: 50 }).toBe(6)
    } finally {
      await second.close()
    }
  })

  test('changes the board’s ETag, and the answer of an action is what the board shows', async () => {
    await cast(6)
    await cast(2, { tier: 'v' })
    const before = await etag()
    await cap(0.5)
    expect(await etag()).not.toBe(before)
    const preview = await moderator.preview({ filter: { tier: 'verified' } })
    expect(preview).toEqual({ id: null, matched: 2, tallyChanges: [{ itemId: item, before: 4, after: 0 }] })
    expect({ ...(await moderator.invalidate({ filter: { tier: 'verified' } })), id: null }).toEqual(preview)
    expect(await shown()).toBe(0)
    // Six device votes less, and the board shows the same.
    expect(await moderator.invalidate({ filter: { tier: 'device' } })).toMatchObject({ matched: 6, tallyChanges: [] })
  })

  test('is what the voter is told too, whose answer keeps its shape', async () => {
    await cast(1, { tier: 'v' })
    await cap(0.5)
    const answers: object[] = []
    for (let n = 0; n < 3; n += 1) {
      server.clock.now += 1000
      const answer = await new Visitor(server, { project, ip: `198.51.100.${n}` }).vote(item)
      expect(answer.statusCode).toBe(200)
      answers.push(answer.json())
    }
    for (const answer of answers) expect(answer).toEqual({ itemId: item, value: 1, votes: 2, receipt: expect.any(String) })
    expect(await shown()).toBe(2)
  })

  test('holds after every step of a random history', async () => {
    const random = randomFrom(20_261_122)
    const ids: string[] = []
    let share: number | null = null
    for (let step = 0; step < 120; step += 1) {
      const roll = random(10)
      if (roll < 6) ids.push(...await cast(1, { tier: random(3) === 0 ? 'v' : 'd', ...(random(5) === 0 ? { heldFor: 'seat' as const } : {}) }))
      else if (roll < 8) await cap(share = [null, 0, 0.1, 0.25, 0.5, 0.9][random(6)] ?? null)
      else if (roll < 9) await moderator.invalidate({ voteIds: [ids[random(ids.length)] ?? `${item}:00000000-0000-0000-0000-000000000000`] })
      else await moderator.release({ filter: { tier: random(2) === 0 ? 'verified' : 'device' } })
      const { verified, device } = await moderator.tiers(item)
      expect(await shown()).toBe(publicTally({ counted: verified.counted + device.counted, countedVerified: verified.counted }, share))
    }
    expect(await faults()).toEqual([])
  })

  test('is set when a project is made, null unless said, and kept to a millionth', async () => {
    const make = async (body: object) => expectJson<{ id: string; anonymousShare: number | null }>(
      await admin.call('POST', '/operator/v1/projects', { name: 'Shop', ...body }), 201)
    expect((await make({})).anonymousShare).toBeNull()
    expect((await make({ anonymousShare: null })).anonymousShare).toBeNull()
    const { id, anonymousShare } = await make({ anonymousShare: 0.123456789 })
    expect(anonymousShare).toBe(0.123457)
    expect(expectJson(await admin.call('PATCH', `/operator/v1/projects/${id}`, { name: 'Renamed' }), 200)).toMatchObject({ anonymousShare: 0.123457 })
    expect(expectJson(await admin.call('PATCH', `/operator/v1/projects/${id}`, { anonymousShare: 0.999999 }), 200)).toMatchObject({ anonymousShare: 0.999999 })
  })

  test.each([1, -0.1, 1.5, 0.9999999, '0.5', true, [0.5]])('of %j is refused', async (anonymousShare) => {
    expectProblem(await admin.call('PATCH', `/operator/v1/projects/${project.key}`, { anonymousShare }), 400, 'invalid_request')
    expectProblem(await admin.call('POST', '/operator/v1/projects', { name: 'Shop', anonymousShare }), 400, 'invalid_request')
  })
})
