/** Merges while votes are under way, and actions on them, and other merges: nothing is lost, nothing counts twice. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { askToMerge, merge, undoMerge } from '../helpers/merges.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { findLayerFaults, recordVote } from '../helpers/recorded-votes.ts'
import { tellTook } from '../helpers/took.ts'
import { Visitor, crowd } from '../helpers/visitor.ts'
import { withClient } from '../helpers/with-client.ts'

let server: TestApp
let project: TestProject
let moderator: Operator
let source: string
let target: string
let third: string

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now += 3_600_000
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project);
  [source, target, third] = project.items
})
const expectTrue = async (): Promise<void> => {
  expect((await findTallyFaults(server.app.db)).faults).toEqual([])
  expect(await findLayerFaults(server)).toEqual([])
}
const boardOf = async (): Promise<Record<string, number>> => {
  const { items } = (await new Visitor(server, { project }).call('GET', '/board')).json<{ items: { id: string; votes: number }[] }>()
  return Object.fromEntries(items.map(({ id, votes }) => [id, votes]))
}
const statesOf = async (itemId: string): Promise<Record<string, string>> =>
  Object.fromEntries((await moderator.votes({ item: itemId, limit: 200 })).votes.map(({ voter, state, value }) => [voter, `${state} ${value}`]))

test('each lands before the merge or is told that the item is gone, on two nodes, and none is lost or counted twice', async () => {
  const other = await startApp({ databaseUrl: server.databaseUrl, requestsPerMinute: 100_000 })
  try {
    other.clock.now = server.clock.now
    const here = await crowd(server, 60, { project })
    const there = await crowd(other, 60, { project, ip: '198.51.100.200' })
    const told = new Map<Visitor, number>()
    const cast = async (voter: Visitor, delay: number): Promise<void> => {
      await new Promise((resolve) => void setTimeout(resolve, delay))
      const [onSource, onTarget] = await Promise.all([voter.vote(source), voter.vote(target)])
      expectJson(onTarget, 200)
      if (onSource.statusCode !== 200) expectProblem(onSource, 409, 'voting_closed')
      told.set(voter, onSource.statusCode)
    }
    const voting = [...here, ...there].map((voter, index) => cast(voter, index % 40))
    await new Promise((resolve) => void setTimeout(resolve, 20))
    const done = await merge(moderator, source, target)
    await Promise.all(voting)
    await expectTrue()
    // Whoever was told that their vote is recorded has a row; on the target everybody counts once.
    const { rows } = await server.app.db.query<{ item: string; votes: number }>(
      'select item_id::text as item, count(*)::int as votes from votes where project_id = $1 group by 1', [project.id])
    const stored = Object.fromEntries(rows.map(({ item, votes }) => [item, votes]))
    expect(stored[target]).toBe(120)
    expect(done.moved + done.kept).toBe([...told.values()].filter((status) => status === 200).length)
    // Each node hears of what the other has recorded.
    await expect.poll(boardOf).toEqual({ [target]: 120, [third]: 0 })
    await expect.poll(async () => (await new Visitor(other, { project }).call('GET', '/board')).json<{ items: { id: string }[] }>().items.map(({ id }) => id))
      .toEqual([target, third])
    await undoMerge(moderator, done.id)
    await expectTrue()
  } finally {
    await other.close()
  }
})

test('a long merge holds up the votes of its own items only', async () => {
  const voter = new Visitor(server, { project })
  await voter.vote(third, 0)
  await withClient(server.databaseUrl, async (client) => {
    await client.query('begin')
    await client.query('select from items where project_id = $1 and item_id = any($2::int[]) for update', [project.id, [source, target]])
    const waits = voter.vote(target)
    const began = performance.now()
    expect((await new Visitor(server, { project, ip: '198.51.100.8' }).vote(third)).statusCode).toBe(200)
    tellTook('a vote beside a long merge', began)
    await client.query('commit')
    expect((await waits).statusCode).toBe(200)
  })
  expect(await boardOf()).toEqual({ [source]: 0, [target]: 1, [third]: 1 })
})

test('actions on the same votes and a merge wait for each other, whichever comes first', async () => {
  const votes = await Promise.all(Array.from({ length: 40 }, () => recordVote(server, project, { itemId: source })))
  const half = await moderator.invalidate({ voteIds: votes.slice(0, 20).map(({ id }) => id) })
  const answers = await Promise.all([
    merge(moderator, source, target), moderator.undo(half.id),
    moderator.hold({ filter: { item: source } }), moderator.invalidate({ filter: { network: '203.0.113.0/24' } }),
  ])
  await expectTrue()
  await undoMerge(moderator, answers[0].id)
  await moderator.undo(answers[2].id)
  await moderator.undo(answers[3].id)
  expect(await moderator.columns(source)).toEqual({ counted: 40, held: 0, invalidated: 0 })
  expect(await statesOf(target)).toEqual({})
  await expectTrue()
})

test('two merges at once: one of them is refused or both fit', async () => {
  await recordVote(server, project, { itemId: source })
  await recordVote(server, project, { itemId: target })
  const answers = await Promise.all([askToMerge(moderator, source, target), askToMerge(moderator, target, source)])
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409])
  await expectTrue()
})
