/** Items merged over HTTP: where votes go, what the board and the voters are told, and the way back. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { askToMerge, askToUndo, merge, previewMerge, undoMerge, votesStored } from '../helpers/merges.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { findLayerFaults, openCohort, recordVote } from '../helpers/recorded-votes.ts'
import { Visitor, crowd, signUserToken } from '../helpers/visitor.ts'

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

describe('a merge', () => {
  test('takes every voter along once, tells what it will do before, and is undone to the last row', async () => {
    const both = await crowd(server, 3, { project })
    const onlySource = await crowd(server, 4, { project, ip: '198.51.100.4' })
    const onlyTarget = await crowd(server, 2, { project, ip: '198.51.100.5' })
    for (const voter of [...both, ...onlySource]) await voter.vote(source)
    for (const voter of [...both, ...onlyTarget]) await voter.vote(target)
    const before = await votesStored(server, project)

    const preview = await previewMerge(moderator, source, target)
    expect(preview).toEqual({
      id: null, moved: 4, kept: 3, held: 0, tallyChanges: [{ itemId: source, before: 7, after: 3 }, { itemId: target, before: 5, after: 9 }],
    })
    expect(await votesStored(server, project)).toEqual(before)

    const done = await merge(moderator, source, target)
    expect({ ...done, id: null }).toEqual(preview)
    expect(await boardOf()).toEqual({ [target]: 9, [third]: 0 })
    await expectTrue()

    const undone = await undoMerge(moderator, done.id)
    expect(undone.tallyChanges).toEqual([{ itemId: source, before: 3, after: 7 }, { itemId: target, before: 9, after: 5 }])
    expect(await boardOf()).toEqual({ [source]: 7, [target]: 5, [third]: 0 })
    expect(await votesStored(server, project)).toEqual(before)
    await expectTrue()
  })

  test('shows a voter their vote where it went, and answers a vote on the old item with the new one', async () => {
    const visitor = new Visitor(server, { project })
    await visitor.vote(source)
    await merge(moderator, source, target)
    expect((await visitor.start()).json<{ votedItemIds: string[] }>().votedItemIds).toEqual([target])
    const answer = await visitor.vote(source)
    expectProblem(answer, 409, 'voting_closed')
    expect(answer.json<{ detail: string }>().detail).toBe(`It was merged into “Wish lists”, item ${target}.`)
    expect((await visitor.vote(target)).json()).toMatchObject({ value: 1, votes: 1 })
    expect((await visitor.vote(target, 0)).json()).toMatchObject({ value: 0, votes: 0 })
    await expectTrue()
  })

  test('keeps the state of each vote and what moderators did, through merge and undo', async () => {
    const counted = await recordVote(server, project, { itemId: source })
    const held = await recordVote(server, project, { itemId: source, heldFor: 'score' })
    const out = await recordVote(server, project, { itemId: source })
    const { cohort } = await openCohort(server, project, { kind: 'core', matches: 'x', itemId: source }, [counted.id])
    const action = await moderator.invalidate({ voteIds: [out.id] })
    const done = await merge(moderator, source, target)
    expect(done).toMatchObject({ moved: 3, kept: 0, tallyChanges: [] })
    expect(await moderator.columns(target)).toEqual({ counted: 0, held: 2, invalidated: 1 })
    // The undo of an action and the lift of a cohort from before find the votes where they are now.
    expect((await moderator.undo(action.id)).tallyChanges).toEqual([{ itemId: target, before: 0, after: 1 }])
    expectJson(await moderator.call('DELETE', `/moderation/v1/cohorts/${cohort.id}?project=${project.key}`), 200)
    expect(await moderator.columns(target)).toEqual({ counted: 2, held: 1, invalidated: 0 })
    // One from after the merge goes back with its vote.
    const later = await moderator.invalidate({ voteIds: [`${target}:${held.id.split(':')[1]}`] })
    await undoMerge(moderator, done.id)
    expect(await moderator.columns(source)).toEqual({ counted: 2, held: 0, invalidated: 1 })
    expect((await moderator.votes({ item: source, state: 'invalidated' })).votes.map(({ id }) => id)).toEqual([held.id])
    await moderator.undo(later.id)
    expect((await moderator.votes({ item: source, state: 'held' })).votes).toMatchObject([{ id: held.id, heldFor: 'score' }])
    await expectTrue()
  })

  test('loses no evidence: address and reason of a vote that moved are found where it is, before and after an undo', async () => {
    const vote = await recordVote(server, project, { itemId: source, heldFor: 'score', facts: { ipAddress: '198.51.100.77', network: '198.51.100.0/24' } })
    const voter = vote.id.split(':')[1] as string
    const done = await merge(moderator, source, target)
    const found = { voter, ipAddress: '198.51.100.77', heldFor: 'score' }
    expect((await moderator.votes({ ip: '198.51.100.77' })).votes).toMatchObject([{ ...found, itemId: target }])
    await undoMerge(moderator, done.id)
    expect((await moderator.votes({ ip: '198.51.100.77' })).votes).toMatchObject([{ ...found, itemId: source }])
  })

  test('the later will of a person counts, where they took one of two votes back', async () => {
    const [changed, tired] = await crowd(server, 2, { project }) as [Visitor, Visitor]
    await changed.vote(target)
    await changed.vote(target, 0)
    await tired.vote(source)
    server.clock.now += 1000
    await changed.vote(source)
    await tired.vote(target)
    server.clock.now += 1000
    await tired.vote(target, 0)
    const before = await votesStored(server, project)
    const preview = await previewMerge(moderator, source, target)
    const done = await merge(moderator, source, target)
    expect({ ...done, id: null }).toEqual(preview)
    expect(done).toMatchObject({ moved: 1, kept: 1 })
    expect((await changed.start()).json()).toMatchObject({ votedItemIds: [target] })
    expect((await tired.start()).json()).toMatchObject({ votedItemIds: [] })
    expect(await boardOf()).toEqual({ [target]: 1, [third]: 0 })
    await expectTrue()
    await undoMerge(moderator, done.id)
    expect(await votesStored(server, project)).toEqual(before)
    await expectTrue()
  })

  test('an undo keeps what people did since: new votes stay, a vote taken back stays taken back', async () => {
    const [early, fickle] = await crowd(server, 2, { project }) as [Visitor, Visitor]
    await early.vote(source)
    await fickle.vote(source)
    const done = await merge(moderator, source, target)
    server.clock.now += 1000
    await fickle.vote(target, 0)
    await new Visitor(server, { project, ip: '198.51.100.9' }).vote(target)
    await undoMerge(moderator, done.id)
    expect(await boardOf()).toEqual({ [source]: 1, [target]: 1, [third]: 0 })
    expect((await fickle.start()).json()).toMatchObject({ votedItemIds: [] })
    expect((await early.vote(source)).json()).toMatchObject({ value: 1, votes: 1 })
    await expectTrue()
  })

  test('chains are undone from their end', async () => {
    const voter = new Visitor(server, { project })
    await voter.vote(source)
    const before = await votesStored(server, project)
    const first = await merge(moderator, source, target)
    const second = await merge(moderator, target, third)
    expect(await boardOf()).toEqual({ [third]: 1 })
    expect((await voter.vote(source)).json<{ detail: string }>().detail).toContain(`item ${third}`)
    const refused = await askToUndo(moderator, first.id)
    expectProblem(refused, 409, 'merge_built_upon')
    expect(refused.json<{ detail: string }>().detail).toBe(`Merge ${second.id} comes first.`)
    const { merges } = expectJson<{ merges: { id: string; undoable: boolean }[] }>(await moderator.call('GET', `/moderation/v1/merges?project=${project.key}`), 200)
    expect(merges.map(({ id, undoable }) => [id, undoable])).toEqual([[second.id, true], [first.id, false]])
    await undoMerge(moderator, second.id)
    expectProblem(await askToUndo(moderator, second.id), 409, 'already_undone')
    await undoMerge(moderator, first.id)
    expect(await votesStored(server, project)).toEqual(before)
  })

  test('two into one are undone newest first, exactly', async () => {
    const [one, two, all] = await crowd(server, 3, { project }) as [Visitor, Visitor, Visitor]
    for (const item of project.items) await all.vote(item)
    await one.vote(source)
    await two.vote(third)
    const before = await votesStored(server, project)
    const first = await merge(moderator, source, target)
    const second = await merge(moderator, third, target)
    expect(await boardOf()).toEqual({ [target]: 3 })
    expectProblem(await askToUndo(moderator, first.id), 409, 'merge_built_upon')
    await undoMerge(moderator, second.id)
    await undoMerge(moderator, first.id)
    expect(await votesStored(server, project)).toEqual(before)
    await expectTrue()
  })

  test('is refused for items that are not there, are merged, or are one', async () => {
    expectProblem(await askToMerge(moderator, '2000000', target), 404, 'unknown_item')
    expectProblem(await askToMerge(moderator, source, '9999999999'), 404, 'unknown_item')
    expectProblem(await askToMerge(moderator, source, server.project.items[0]), 404, 'unknown_item')
    expectProblem(await askToMerge(moderator, source, source), 400, 'invalid_request')
    expectProblem(await askToMerge(moderator, source, target, { reason: '' }), 400, 'invalid_request')
    const done = await merge(moderator, source, target)
    expectProblem(await askToMerge(moderator, source, third), 409, 'already_merged')
    expectProblem(await askToMerge(moderator, third, source), 409, 'already_merged')
    expectProblem(await askToMerge(moderator, third, source, { dryRun: true }), 409, 'already_merged')
    expectProblem(await moderator.call('POST', `/moderation/v1/merges/${done.id}/undo`, { project: server.project.key }), 404, 'not_found')
    expectProblem(await askToUndo(moderator, '2000000'), 404, 'not_found')
    expect(await boardOf()).toEqual({ [target]: 0, [third]: 0 })
  })

  test('stands in the audit log, with its figures, as does its undo', async () => {
    await new Visitor(server, { project }).vote(source)
    const done = await merge(moderator, source, target)
    await undoMerge(moderator, done.id)
    const { rows } = await server.app.db.query<{ action: string; after: { moved: number } }>(
      `select action, after from audit_log where project_id = $1 order by entry_id`, [project.id])
    expect(rows).toMatchObject([
      { action: 'item.merge', after: { into: target, merge: Number(done.id), moved: 1 } }, { action: 'merge.undo', after: { moved: 1, reason: 'they do not' } },
    ])
  })

  test('a cohort of the merged item, and a crowd expected there, are where its votes are cast', async () => {
    const vote = await recordVote(server, project, { itemId: source })
    const { cohort } = await openCohort(server, project, { kind: 'core', matches: 'abcdef0123456789', itemId: source }, [vote.id])
    const now = server.clock.now
    expectJson(await moderator.call('POST', '/moderation/v1/expected-spikes', {
      project: project.key, itemId: source, startsAt: now, endsAt: now + 3_600_000, reason: 'launch',
    }), 201)
    const seen = () => [source, target].map((item) => [
      server.app.cohorts.find(project.id, Number(item), { core: 'abcdef0123456789' }, now), server.app.cohorts.spikeExpected(project.id, Number(item), now)])
    expect(seen()).toEqual([[cohort.id, true], [undefined, false]])
    const done = await merge(moderator, source, target)
    expect(seen()).toEqual([[undefined, false], [cohort.id, true]])
    await undoMerge(moderator, done.id)
    expect(seen()).toEqual([[cohort.id, true], [undefined, false]])
  })
})

test('signing in is counted as one person, on whichever item they did it', async () => {
  const device = new Visitor(server, { project })
  await device.vote(target)
  const userToken = await signUserToken(server, 'usr_ada', { project })
  const user = new Visitor(server, { project, userToken, deviceToken: device.deviceToken ?? '' })
  await user.vote(source)
  const before = await votesStored(server, project)
  const done = await merge(moderator, source, target)
  expect(await boardOf()).toEqual({ [target]: 1, [third]: 0 })
  expect(await moderator.tiers(target)).toMatchObject({ verified: { counted: 1 }, device: { counted: 0 } })
  await undoMerge(moderator, done.id)
  expect(await votesStored(server, project)).toEqual(before)
  await expectTrue()
})
