import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { type Action, Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { type VoteDraft, findLayerFaults, recordVote } from '../helpers/recorded-votes.ts'
import { Visitor } from '../helpers/visitor.ts'

let server: TestApp
let project: TestProject
let moderator: Operator
let item: string

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += 3_600_000
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project)
  ;[item] = project.items
})

async function cast(count: number, draft: Partial<VoteDraft> = {}): Promise<string[]> {
  return await Promise.all(Array.from({ length: count }, async () => (await recordVote(server, project, { itemId: item, ...draft })).id))
}
const tally = (): Promise<number> => new Visitor(server, { project }).tally(item)
const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)
const votes = async () => (await moderator.votes({ limit: 200 })).votes.toSorted(byId)
const ask = (body: object) => moderator.call('POST', '/moderation/v1/holds', { project: project.key, reason: 'to look at', ...body })

describe('a moderator’s hold', () => {
  test('takes counted votes off the board, and its undo puts back exactly what was', async () => {
    await cast(3)
    await cast(2, { tier: 'v' })
    await cast(1, { heldFor: 'seat' })
    const before = await votes()
    const preview = expectJson<Action>(await ask({ filter: { item }, dryRun: true }), 200)
    expect(preview).toEqual({ id: null, matched: 5, tallyChanges: [{ itemId: item, before: 5, after: 0 }] })
    expect(await votes()).toEqual(before)

    const held = await moderator.hold({ filter: { item } })
    expect({ ...held, id: null }).toEqual(preview)
    expect([await tally(), await moderator.columns(item)]).toEqual([0, { counted: 0, held: 6, invalidated: 0 }])
    expect((await votes()).map(({ heldFor, cohortId }) => [heldFor, cohortId])).toEqual(Array.from({ length: 6 }, () => ['moderator', null]))
    const log = (await moderator.call('GET', `/moderation/v1/invalidations?project=${project.key}`)).json<{ invalidations: object[] }>()
    expect(log.invalidations).toEqual([expect.objectContaining({ id: held.id, effect: 'hold', cohortId: null, matched: 5, actor: 'a moderator' })])

    expect(await moderator.undo(held.id)).toEqual({ id: held.id, matched: 5, tallyChanges: [{ itemId: item, before: 0, after: 5 }] })
    expect(await votes()).toEqual(before)
    expectProblem(await moderator.call('POST', `/moderation/v1/invalidations/${held.id}/undo`, {}), 409, 'already_undone')
  })

  test('and an invalidation over it are undone in either order, without a moment in the tally', async () => {
    await cast(3)
    for (const order of ['hold first', 'invalidation first']) {
      const held = await moderator.hold({ filter: { item } })
      const taken = await moderator.invalidate({ filter: { item } })
      expect(taken).toMatchObject({ matched: 3, tallyChanges: [] })
      const [first, second] = order === 'hold first' ? [held, taken] : [taken, held]
      expect(await moderator.undo(first.id)).toMatchObject({ matched: order === 'hold first' ? 0 : 3, tallyChanges: [] })
      expect(await tally()).toBe(0)
      expect(await moderator.undo(second.id)).toMatchObject({ matched: 3, tallyChanges: [{ itemId: item, before: 0, after: 3 }] })
      expect(await findLayerFaults(server)).toEqual([])
    }
  })

  test('that was released is over: a newer hold is not undone with it', async () => {
    await cast(2)
    const older = await moderator.hold({ filter: { item } })
    expect((await moderator.release({ filter: { heldFor: 'moderator' } })).matched).toBe(2)
    const newer = await moderator.hold({ filter: { item } })
    expect(await moderator.undo(older.id)).toMatchObject({ matched: 0, tallyChanges: [] })
    expect(await tally()).toBe(0)
    expect((await moderator.undo(newer.id)).matched).toBe(2)
    expect(await tally()).toBe(2)
  })

  test('of the same votes twice ends when both are undone', async () => {
    await cast(2)
    const [one, two] = [await moderator.hold({ filter: { item } }), await moderator.hold({ filter: { item } })]
    expect([one.matched, two.matched]).toEqual([2, 0])
    expect((await moderator.undo(one.id)).matched).toBe(0)
    expect((await moderator.undo(two.id)).matched).toBe(2)
    expect(await tally()).toBe(2)
  })

  test('leaves invalidated votes alone', async () => {
    await cast(2)
    const taken = await moderator.invalidate({ filter: { item } })
    expect((await moderator.hold({ filter: { item } })).matched).toBe(0)
    await moderator.undo(taken.id)
    expect(await tally()).toBe(2)
  })

  test('of ten at the same moment counts every vote out once, and the tally stays true', async () => {
    await cast(4)
    const made = await Promise.all(Array.from({ length: 10 }, () => moderator.hold({ filter: { item } })))
    expect(made.map(({ matched }) => matched).toSorted()).toEqual([...Array.from({ length: 9 }, () => 0), 4])
    await Promise.all(made.map(({ id }) => moderator.undo(id)))
    expect(await tally()).toBe(4)
    expect((await findTallyFaults(server.app.db)).faults).toEqual([])
    expect(await findLayerFaults(server)).toEqual([])
  })

  test.each<[string, object, string]>([
    ['an empty filter', { filter: {} }, 'invalid_selection'],
    ['neither filter nor ids', {}, 'invalid_selection'],
    ['an empty reason', { filter: { tier: 'device' }, reason: '' }, 'invalid_request'],
    ['an unknown filter field', { filter: { everyone: true } }, 'invalid_request'],
  ])('with %s is refused', async (_title, wrong, code) => expectProblem(await ask(wrong), 400, code))
})
