import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { extendCohort, insertCohort, loadStandingCohorts } from '../../db/queries/cohorts.ts'
import { holdVotes } from '../../db/queries/invalidations.ts'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { inTransaction } from '../../db/queryable.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { type Action, Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { type VoteDraft, findLayerFaults, openCohort, recordVote } from '../helpers/recorded-votes.ts'
import { Visitor } from '../helpers/visitor.ts'

const PATH = '/moderation/v1/cohorts'
const CORE = '0123456789abcdef'

let server: TestApp
let project: TestProject
let moderator: Operator
let item: string
let other: string

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += 3_600_000
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project)
  ;[item, other] = project.items
})

interface ListedCohort {
  id: string
  liftedAt: number | null
  liftedBy: string | null
  votesHeld: number
}
const list = async (query = ''): Promise<{ cohorts: ListedCohort[]; nextCursor: string | null }> =>
  expectJson(await moderator.call('GET', `${PATH}?project=${project.key}${query}`), 200)
const heldBy = async (id: number): Promise<number | undefined> => (await list()).cohorts.find((cohort) => cohort.id === String(id))?.votesHeld
const lift = async (id: number, reason = 'real people'): Promise<Action> =>
  expectJson(await moderator.call('DELETE', `${PATH}/${id}?project=${project.key}&reason=${encodeURIComponent(reason)}`), 200)
const invalidate = (id: number, more: object = {}) =>
  moderator.call('POST', `${PATH}/${id}/invalidate`, { project: project.key, reason: 'a farm', ...more })

/** Vote ids. */
async function cast(count: number, draft: Partial<VoteDraft> = {}): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n += 1) {
    server.clock.now += 1000
    ids.push((await recordVote(server, project, { itemId: item, ...draft })).id)
  }
  return ids
}
const core = (matches = CORE) => ({ kind: 'core', matches, itemId: item } as const)
const onArrival = (cohortId: number) => ({ heldFor: 'cohort', cohortId } as const)
const tally = (itemId = item): Promise<number> => new Visitor(server, { project }).tally(itemId)
const states = async (query: Record<string, string> = {}): Promise<string[]> =>
  (await moderator.votes({ item, limit: 200, ...query })).votes.map((vote) => vote.state).toSorted()
const expectSound = async (): Promise<void> => {
  expect((await findTallyFaults(server.app.db)).faults).toEqual([])
  expect(await findLayerFaults(server)).toEqual([])
}

describe('a cohort', () => {
  test('is listed with its evidence and what it holds, and its votes name it', async () => {
    const members = await cast(3, { facts: { core: CORE, asn: 64_500, country: 'NL' } })
    await cast(2)
    const { cohort } = await openCohort(server, project, core(), members)
    await cast(1, { ...onArrival(cohort.id), facts: { core: CORE } })
    expect(await tally()).toBe(2)
    expect(await list()).toEqual({
      nextCursor: null,
      cohorts: [{
        id: String(cohort.id), kind: 'core', matches: CORE, itemId: item, evidence: { voters: 3 }, words: '3 votes that share one kind of machine', actor: 'rule:cohort-core',
        firstSignAt: cohort.firstSignAt, openedAt: cohort.openedAt, expiresAt: cohort.expiresAt, liftedAt: null, liftedBy: null, votesHeld: 4,
      }],
    })
    const { votes } = await moderator.votes({ cohort: cohort.id })
    expect(votes).toHaveLength(4)
    for (const vote of votes) expect(vote).toMatchObject({ state: 'held', heldFor: 'cohort', cohortId: String(cohort.id), core: CORE })
    expect(votes.at(-1)).toMatchObject({ asn: 64_500, country: 'NL' })
    expect(await states({ heldFor: 'cohort' })).toHaveLength(4)
    expect(await states({ core: CORE })).toHaveLength(4)
    expect(await states({ heldFor: 'seat' })).toEqual([])
    const log = (await moderator.call('GET', `/moderation/v1/invalidations?project=${project.key}`)).json<{ invalidations: object[] }>()
    expect(log.invalidations).toEqual([expect.objectContaining({ effect: 'hold', cohortId: String(cohort.id), actor: 'rule:cohort-core', matched: 3 })])
  })

  test('pages, newest first', async () => {
    const ids: string[] = []
    for (let n = 0; n < 3; n += 1) ids.unshift(String((await openCohort(server, project, core(`${CORE}${n}`), [])).cohort.id))
    const first = await list('&limit=2')
    const second = await list(`&limit=2&cursor=${first.nextCursor}`)
    expect([...first.cohorts, ...second.cohorts].map(({ id }) => id)).toEqual(ids)
    expect(second.nextCursor).toBeNull()
  })

  test('stands once for each sign and item; an expired one makes way, and can still be lifted', async () => {
    const [vote = ''] = await cast(1)
    const first = await openCohort(server, project, { ...core(), standsMs: 1000 }, [vote])
    const again = (openedAt: number) => inTransaction(server.app.db, (client) => insertCohort(client, { ...first.cohort, openedAt, expiresAt: openedAt + 1000 }))
    expect(await again(server.clock.now + 999)).toBeNull()
    const second = await again(server.clock.now + 1000)
    expect(second?.id).toBeGreaterThan(first.cohort.id)
    expect((await list()).cohorts.map(({ liftedBy, votesHeld }) => ({ liftedBy, votesHeld }))).toEqual([{ liftedBy: null, votesHeld: 0 }, { liftedBy: 'expiry', votesHeld: 1 }])
    expect(await lift(first.cohort.id)).toMatchObject({ matched: 1, tallyChanges: [{ itemId: item, before: 0, after: 1 }] })
    expect((await list()).cohorts.at(-1)).toMatchObject({ liftedBy: 'a moderator', votesHeld: 0 })
  })

  test('of ten opened at the same moment exactly one stands', async () => {
    const now = server.clock.now
    const draft = { projectId: project.id, kind: 'network', matches: '203.0.113.0/24', itemId: Number(item), evidence: {}, actor: 'rule', firstSignAt: now, openedAt: now, expiresAt: now + 1000 } as const
    const made = await Promise.all(Array.from({ length: 10 }, () => inTransaction(server.app.db, (client) => insertCohort(client, draft))))
    expect(made.filter((row) => row !== null)).toHaveLength(1)
  })

  test('is found by its sign from then on, longer when extended, and no more once it expired or was lifted', async () => {
    const find = (signs: object, at = server.clock.now) => server.app.cohorts.find(project.id, Number(item), signs, at)
    const { cohort } = await openCohort(server, project, core(), [])
    expect(find({ core: CORE, network: '203.0.113.0/24' })).toBe(cohort.id)
    expect(find({ core: 'fedcba9876543210' })).toBeUndefined()
    expect(find({ core: CORE }, cohort.expiresAt)).toBeUndefined()

    expect(await extendCohort(server.app.db, project.id, cohort.id, cohort.expiresAt + 5000, { voters: 9 })).toBe(true)
    // An earlier end does not shorten it, and no new evidence leaves what there is.
    expect(await extendCohort(server.app.db, project.id, cohort.id, cohort.expiresAt + 10)).toBe(true)
    await server.app.cohorts.reload()
    expect(find({ core: CORE }, cohort.expiresAt + 4999)).toBe(cohort.id)
    expect((await loadStandingCohorts(server.app.db, cohort.expiresAt)).find(({ id }) => id === cohort.id)).toMatchObject({ evidence: { voters: 9 } })

    await lift(cohort.id)
    expect(find({ core: CORE })).toBeUndefined()
    expect(await extendCohort(server.app.db, project.id, cohort.id, cohort.expiresAt + 9000)).toBe(false)
  })

  test('another node knows of it, and of its end', async () => {
    const second = await startApp({ databaseUrl: server.databaseUrl, clock: () => server.clock.now })
    try {
      const find = () => second.app.cohorts.find(project.id, Number(item), { core: CORE }, server.clock.now)
      const { cohort } = await openCohort(server, project, core(), [])
      await expect.poll(find, { interval: 20 }).toBe(cohort.id)
      await lift(cohort.id)
      await expect.poll(find, { interval: 20 }).toBeUndefined()
    } finally {
      await second.close()
    }
  })
})

describe('lifting', () => {
  test('puts back what it held before and on arrival, and says what changed; the rest stays as it is', async () => {
    const members = await cast(3)
    const [seat = ''] = await cast(1, { heldFor: 'seat' })
    await cast(2)
    const { cohort, held } = await openCohort(server, project, core(), [...members, seat])
    // The one held for its seat does not change state, and stays held for it afterwards.
    expect(held.matched).toBe(3)
    await cast(2, onArrival(cohort.id))
    await cast(1, { heldFor: 'age' })
    expect(await heldBy(cohort.id)).toBe(6)
    expect(await lift(cohort.id)).toEqual({ id: String(cohort.id), matched: 5, tallyChanges: [{ itemId: item, before: 2, after: 7 }] })
    expect(await tally()).toBe(7)
    expect(await moderator.columns(item)).toEqual({ counted: 7, held: 2, invalidated: 0 })
    expect(await states({ heldFor: 'seat' })).toHaveLength(1)
    expect(await heldBy(cohort.id)).toBe(0)
    expect((await list()).cohorts[0]).toMatchObject({ liftedAt: server.clock.now, liftedBy: 'a moderator' })
    await expectSound()
  })

  test('a second time changes nothing but for votes that were on their way', async () => {
    const { cohort } = await openCohort(server, project, core(), await cast(2))
    expect((await lift(cohort.id)).matched).toBe(2)
    const [at] = (await list()).cohorts
    server.clock.now += 1000
    expect(await lift(cohort.id)).toEqual({ id: String(cohort.id), matched: 0, tallyChanges: [] })
    await cast(1, onArrival(cohort.id))
    expect((await lift(cohort.id)).tallyChanges).toEqual([{ itemId: item, before: 2, after: 3 }])
    expect((await list()).cohorts[0]?.liftedAt).toBe(at?.liftedAt)
  })

  test.each(['first', 'second'])('the %s of two that hold the same votes leaves them to the other', async (which) => {
    const members = await cast(4)
    const one = (await openCohort(server, project, core(), members.slice(0, 3))).cohort
    const arrived = await cast(1, onArrival(one.id))
    const two = (await openCohort(server, project, { kind: 'network', matches: '203.0.113.0/24', itemId: item }, [...members.slice(1), ...arrived])).cohort
    expect([await heldBy(one.id), await heldBy(two.id), await tally()]).toEqual([4, 4, 0])
    const [earlier, later] = which === 'first' ? [one, two] : [two, one]
    expect(await lift(earlier.id)).toMatchObject({ matched: 1 })
    expect([await heldBy(earlier.id), await heldBy(later.id), await tally()]).toEqual([0, 4, 1])
    expect(await lift(later.id)).toMatchObject({ matched: 4 })
    expect(await tally()).toBe(5)
    await expectSound()
  })

  test('leaves what a moderator invalidated or holds, and undoing that afterwards counts it', async () => {
    const members = await cast(3)
    const { cohort } = await openCohort(server, project, core(), members)
    const [arrived = ''] = await cast(1, onArrival(cohort.id))
    const taken = await moderator.invalidate({ voteIds: [members[0] ?? '', arrived] })
    const kept = await moderator.hold({ voteIds: [members[1] ?? ''] })
    expect(kept.matched).toBe(0)
    expect(await heldBy(cohort.id)).toBe(2)
    expect(await lift(cohort.id)).toMatchObject({ matched: 1, tallyChanges: [{ itemId: item, before: 0, after: 1 }] })
    expect(await states()).toEqual(['counted', 'held', 'invalidated', 'invalidated'])
    expect((await moderator.votes({ item, state: 'held' })).votes[0]).toMatchObject({ heldFor: 'moderator', cohortId: null })
    expect((await moderator.undo(taken.id)).tallyChanges).toEqual([{ itemId: item, before: 1, after: 3 }])
    expect((await moderator.undo(kept.id)).tallyChanges).toEqual([{ itemId: item, before: 3, after: 4 }])
    await expectSound()
  })

  test('does not take back a release, nor a later reason to hold the released vote', async () => {
    const { cohort } = await openCohort(server, project, core(), await cast(2))
    const arrived = await cast(1, onArrival(cohort.id))
    await moderator.release({ filter: { cohort: String(cohort.id) } })
    expect([await tally(), await heldBy(cohort.id)]).toEqual([3, 0])
    const kept = await openCohort(server, project, { kind: 'hosting', matches: '*', itemId: item }, arrived)
    expect(kept.held.matched).toBe(1)
    expect(await lift(cohort.id)).toMatchObject({ matched: 0, tallyChanges: [] })
    expect(await tally()).toBe(2)
    await expectSound()
  })

  test('a voter who takes the vote back and casts it again while held gets it back all the same', async () => {
    const { cohort } = await openCohort(server, project, core(), [])
    const [id = ''] = await cast(1, onArrival(cohort.id))
    const voter = id.split(':')[1] ?? ''
    for (const value of [0, 1] as const) {
      server.clock.now += 1000
      await recordVote(server, project, { itemId: item, voter, value })
    }
    expect(await heldBy(cohort.id)).toBe(1)
    expect((await lift(cohort.id)).tallyChanges).toEqual([{ itemId: item, before: 0, after: 1 }])
  })

  test('of ten at the same moment counts every vote once', async () => {
    const { cohort } = await openCohort(server, project, core(), await cast(5))
    const answers = await Promise.all(Array.from({ length: 10 }, () => lift(cohort.id)))
    expect(answers.map(({ matched }) => matched).toSorted()).toEqual([...Array.from({ length: 9 }, () => 0), 5])
    expect(await tally()).toBe(5)
    await expectSound()
  })

  test.each(['2000000', '9999999999'])('%s, which never was, is a 404, as is another project’s', async (id) => {
    expectProblem(await moderator.call('DELETE', `${PATH}/${id}?project=${project.key}`), 404, 'not_found')
    expectProblem(await invalidate(Number(id)), 404, 'not_found')
    const [vote = ''] = await cast(1)
    const { cohort } = await openCohort(server, project, core(), [vote])
    const stranger = new Operator(server, server.operators.moderator, await server.addProject())
    expectProblem(await stranger.call('DELETE', `${PATH}/${cohort.id}?project=${stranger.project.key}`), 404, 'not_found')
    expect(await tally()).toBe(0)
  })
})

describe('invalidating what a cohort holds', () => {
  test('is previewed, is one invalidation, and is undone back to held; a lift before that counts', async () => {
    const { cohort } = await openCohort(server, project, core(), await cast(2))
    await cast(1, onArrival(cohort.id))
    await cast(1, { heldFor: 'seat' })
    await cast(1, { itemId: other })
    const preview = expectJson<Action>(await invalidate(cohort.id, { dryRun: true }), 200)
    expect(preview).toEqual({ id: null, matched: 3, tallyChanges: [] })
    expect(await states()).toEqual(['held', 'held', 'held', 'held'])
    const taken = expectJson<Action & { id: string }>(await invalidate(cohort.id), 201)
    expect(taken).toMatchObject({ matched: 3, tallyChanges: [] })
    expect(await states()).toEqual(['held', 'invalidated', 'invalidated', 'invalidated'])
    expect(await heldBy(cohort.id)).toBe(0)
    await moderator.undo(taken.id)
    expect([await states(), await heldBy(cohort.id)]).toEqual([['held', 'held', 'held', 'held'], 3])

    const again = expectJson<Action & { id: string }>(await invalidate(cohort.id), 201)
    expect(await lift(cohort.id)).toMatchObject({ matched: 0, tallyChanges: [] })
    expect((await moderator.undo(again.id)).tallyChanges).toEqual([{ itemId: item, before: 0, after: 3 }])
    await expectSound()
  })

  test.each<[string, object]>([['no reason', { reason: '' }], ['another field', { filter: {} }]])('with %s is refused', async (_title, wrong) =>
    expectProblem(await invalidate(1, wrong), 400, 'invalid_request'))
})

test('a hold of a cohort passes over what the cohort holds already, and is not written down when nothing is left', async () => {
  const members = await cast(2)
  const { cohort } = await openCohort(server, project, core(), members)
  const arrived = await cast(1, onArrival(cohort.id))
  const again = await inTransaction(server.app.db, async (client) => {
    const pairs = [...members, ...arrived].map((id) => id.split(':') as [string, string])
    return await holdVotes(client, project.id, { filter: {}, named: { itemIds: pairs.map(([at]) => Number(at)), voters: pairs.map(([, voter]) => voter) } },
      { reason: 'again', actor: 'rule', request: {}, dryRun: false, cohort: { id: cohort.id, evidence: {} } })
  })
  expect(again).toEqual({ id: null, matched: 0, moves: [], tallies: [] })
  const { rows } = await server.app.db.query('select from invalidations where project_id = $1', [project.id])
  expect(rows).toHaveLength(1)
})

test('the vote list and selections refuse a core, a cohort or a reason that is none', async () => {
  for (const query of ['core=xyz', 'cohort=0', 'cohort=x', 'heldFor=fun']) {
    expectProblem(await moderator.call('GET', `/moderation/v1/votes?project=${project.key}&${query}`), 400, 'invalid_request')
  }
  expect((await moderator.votes({ cohort: '9999999999' })).votes).toEqual([])
})
