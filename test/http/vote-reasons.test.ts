/** Why a vote is where it is: sentences in the list, and one vote with every time it was cast and every action on it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import type { Vote } from '../../server/contract/moderation.ts'
import type { VoteAnswer } from '../../server/contract/vote-views.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { findLayerFaults, openCohort, recordVote } from '../helpers/recorded-votes.ts'
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

const list = async (query = ''): Promise<Vote[]> =>
  expectJson<{ votes: Vote[] }>(await moderator.call('GET', `/moderation/v1/votes?project=${project.key}${query}`), 200).votes
const ask = (id: string, operator = moderator) => operator.call('GET', `/moderation/v1/votes/${id}?project=${operator.project.key}`)
const look = async (id: string): Promise<VoteAnswer> => expectJson(await ask(id), 200)
const reasons = async (): Promise<string[][]> => (await list()).map((vote) => vote.reasons)

describe('the reasons of a listed vote', () => {
  test('say what a real vote showed, the heaviest first', async () => {
    await new Visitor(server, { project }).vote(item, 1, {
      signals: { webdriver: true, trusted: true, input: 'mouse', moves: 0, hoverMs: 200, pressMs: 2, pressure: 0.5, offCentre: 0.4, straightness: 0.5 },
    })
    const [[held, first, ...rest] = []] = await reasons()
    expect(held).toMatch(/^Held for its score of [01]\.\d\d\.$|^The browser says itself/)
    expect([held, first]).toContain('The browser says itself that a program drives it.')
    expect(rest.join(' ')).toContain('The pointer never moved before the click. The mouse button was down for 2 ms, shorter than a finger needs.')
  })

  test('are none where nothing spoke against it', async () => {
    await recordVote(server, project, { itemId: item })
    expect(await reasons()).toEqual([[]])
  })

  test('say what holds it: a seat, an age, a cohort with its figures, a moderator', async () => {
    for (const heldFor of ['seat', 'age'] as const) await recordVote(server, project, { itemId: item, heldFor })
    const { id } = await recordVote(server, project, { itemId: item })
    await openCohort(server, project, { kind: 'network', matches: '203.0.113.0/24', itemId: item }, [id])
    const own = await recordVote(server, project, { itemId: project.items[1] })
    await moderator.hold({ voteIds: [own.id] })
    expect((await reasons()).flat().toSorted()).toEqual([
      'A moderator holds it.', 'Held because the device was too new when it voted.',
      'Held because the same browser on the same network has a counted vote on this item already.', 'Held for its cohort: 1 vote that shares one network.',
    ])
  })
})

describe('one vote', () => {
  test('tells every time it was cast and every action on it, newest first', async () => {
    const voter = '0192a000-0000-7000-8000-000000000001'
    const { id } = await recordVote(server, project, { itemId: item, voter, heldFor: 'seat' })
    server.clock.now += 1000
    await recordVote(server, project, { itemId: item, voter, value: 0 })
    server.clock.now += 1000
    await recordVote(server, project, { itemId: item, voter, facts: { country: 'NL' } })
    const released = await moderator.release({ voteIds: [id] })
    const taken = await moderator.invalidate({ voteIds: [id] }, 'bought')
    const { vote, decisions, layers } = await look(id)
    expect(vote).toMatchObject({ id, state: 'invalidated', value: 1, castAt: server.clock.now, country: 'NL', heldFor: null })
    expect(decisions.map(({ at, value, heldFor, country }) => [at, value, heldFor, country])).toEqual([
      [server.clock.now, 1, null, 'NL'], [server.clock.now - 1000, 0, null, null], [server.clock.now - 2000, 1, 'seat', null],
    ])
    expect(decisions.at(-1)?.reasons).toEqual(['Held because the same browser on the same network has a counted vote on this item already.'])
    expect(layers.map(({ actionId, effect, below, standing, reason }) => ({ actionId, effect, below, standing, reason }))).toEqual([
      { actionId: taken.id, effect: 'invalidate', below: 'counted', standing: true, reason: 'bought' },
      { actionId: released.id, effect: 'release', below: 'held', standing: true, reason: 'a real person' },
    ])
    await moderator.undo(taken.id)
    expect((await look(id)).layers.map(({ standing, undoneBy }) => [standing, undoneBy])).toEqual([[false, 'a moderator'], [true, null]])
  })

  test('names the cohorts its history speaks of', async () => {
    const { id } = await recordVote(server, project, { itemId: item })
    const { cohort } = await openCohort(server, project, { kind: 'core', matches: 'c0', itemId: item }, [id])
    const { layers, cohorts } = await look(id)
    expect(layers).toMatchObject([{ effect: 'hold', cohortId: String(cohort.id), below: 'counted' }])
    expect(cohorts).toEqual([{ id: String(cohort.id), words: '1 vote that shares one kind of machine' }])
  })

  test('is not found by another project, a wrong id, or a voter who has none', async () => {
    const { id } = await recordVote(server, project, { itemId: item })
    const stranger = new Operator(server, server.operators.moderator, await server.addProject())
    expectProblem(await ask(id, stranger), 404, 'not_found')
    expectProblem(await ask(`${item}:00000000-0000-4000-8000-000000000000`), 404, 'not_found')
    expectProblem(await ask(`9999999999:00000000-0000-4000-8000-000000000000`), 404, 'not_found')
    expectProblem(await ask(`${item}:${'-'.repeat(36)}`), 404, 'not_found')
    expectProblem(await ask('nonsense'), 400, 'invalid_request')
  })
})

test('a vote that is held anew after a release has a new reason: taking the release back changes nothing', async () => {
  const voter = '0192a000-0000-7000-8000-000000000002'
  const cast = async (value: 0 | 1, heldFor: 'seat' | 'score' | null = null) => {
    server.clock.now += 1000
    return (await recordVote(server, project, { itemId: item, voter, value, heldFor })).id
  }
  const id = await cast(1, 'seat')
  const released = await moderator.release({ voteIds: [id] })
  await cast(0)
  await cast(1, 'score')
  expect((await look(id)).vote).toMatchObject({ state: 'held', heldFor: 'score' })
  expect((await look(id)).layers.map(({ standing }) => standing)).toEqual([false])
  expect((await moderator.undo(released.id)).matched).toBe(0)
  expect((await look(id)).vote).toMatchObject({ state: 'held', heldFor: 'score' })
  expect(await findLayerFaults(server)).toEqual([])
  expect((await findTallyFaults(server.app.db)).faults).toEqual([])
})
