/**
 * The hole: two items become one and their votes are added up, so that whoever voted for both, under whatever key, now counts twice;
 * or the merge frees a key, and with it another vote.
 * Here: votes follow one for each voter, with the keys, the seats and the people who speak for devices; and go back the same way.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { merge, previewMerge, undoMerge, votesStored } from '../helpers/merges.ts'
import { Operator } from '../helpers/operator.ts'
import { Visitor, expectProblem, signUserToken } from '../helpers/visitor.ts'

const FINGERPRINT = { fingerprint: 'feedface00000001' }

let app: TestApp
let project: TestProject
let moderator: Operator
let source: string
let target: string

beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())
beforeEach(async () => {
  app.clock.now += 3_600_000
  project = await app.addProject()
  moderator = new Operator(app, app.operators.moderator, project);
  [source, target] = project.items
})
const tally = (item: string): Promise<number> => new Visitor(app, { project }).tally(item)
const signedIn = async (sub: string, device?: Visitor): Promise<Visitor> =>
  new Visitor(app, { project, userToken: await signUserToken(app, sub, { project }), ...(device?.deviceToken === undefined ? {} : { deviceToken: device.deviceToken }) })

test('One device that voted for both counts once, and cannot vote again', async () => {
  const voter = new Visitor(app, { project })
  await voter.vote(source)
  await voter.vote(target)
  await merge(moderator, source, target)
  expect(await tally(target)).toBe(1)
  expect((await voter.vote(target)).json()).toMatchObject({ votes: 1 })
  expectProblem(await voter.vote(source), 409, 'voting_closed')
  expect((await findTallyFaults(app.app.db)).faults).toEqual([])
})

test('Clearing storage between two items gives one counted vote on what they become; the other is held, and comes back with an undo', async () => {
  await new Visitor(app, { project }).vote(source, 1, FINGERPRINT)
  await new Visitor(app, { project }).vote(target, 1, FINGERPRINT)
  const before = await votesStored(app, project)
  const preview = await previewMerge(moderator, source, target)
  const done = await merge(moderator, source, target)
  expect(preview).toEqual({ ...done, id: null })
  expect(done).toMatchObject({ moved: 1, kept: 0, held: 1, tallyChanges: [{ itemId: source, before: 1, after: 0 }] })
  expect(await moderator.columns(target)).toEqual({ counted: 1, held: 1, invalidated: 0 })
  // The seat is taken for whoever comes next.
  await new Visitor(app, { project }).vote(target, 1, FINGERPRINT)
  expect(await tally(target)).toBe(1)
  await undoMerge(moderator, done.id)
  expect([await tally(source), await tally(target)]).toEqual([1, 1])
  expect((await votesStored(app, project)).seats).toEqual(before.seats)
  expect((await findTallyFaults(app.app.db)).faults).toEqual([])
})

test('A seat that came with a merge is taken on the target; people of another network have their own', async () => {
  await new Visitor(app, { project }).vote(source, 1, FINGERPRINT)
  await merge(moderator, source, target)
  await new Visitor(app, { project }).vote(target, 1, FINGERPRINT)
  expect(await tally(target)).toBe(1)
  await new Visitor(app, { project, ip: '198.51.100.9' }).vote(target, 1, FINGERPRINT)
  expect(await tally(target)).toBe(2)
})

test('A person who voted signed out on one and signed in on the other counts once, and signing out again buys nothing', async () => {
  const device = new Visitor(app, { project })
  await device.vote(target)
  const ada = await signedIn('usr_ada', device)
  await ada.vote(source)
  const done = await merge(moderator, source, target)
  expect(await tally(target)).toBe(1)
  expectProblem(await device.vote(target), 409, 'already_voted')
  await undoMerge(moderator, done.id)
  expect([await tally(source), await tally(target)]).toEqual([1, 1])
})

test('A device for which somebody speaks brings no vote of its own', async () => {
  const device = new Visitor(app, { project })
  await device.vote(source)
  const ada = await signedIn('usr_ada', device)
  await ada.vote(target)
  await merge(moderator, source, target)
  expect(await tally(target)).toBe(1)
  expectProblem(await device.vote(target), 409, 'already_voted')
})

test('Signing in on the merged item speaks for the device on both, and an undo does not let it speak twice', async () => {
  const device = new Visitor(app, { project })
  await device.vote(target)
  const ada = await signedIn('usr_ada')
  await ada.vote(source)
  const done = await merge(moderator, source, target)
  expect(await tally(target)).toBe(2)
  // Now it shows that the two are one person.
  await (await signedIn('usr_ada', device)).vote(target)
  expect(await tally(target)).toBe(1)
  await undoMerge(moderator, done.id)
  expect([await tally(source), await tally(target)]).toEqual([1, 1])
  expectProblem(await device.vote(target), 409, 'already_voted')
  await (await signedIn('usr_ada')).vote(target)
  expect(await tally(target)).toBe(1)
})

test('A vote that was invalidated, or is held, does not come to count by a merge, nor over one that was taken back', async () => {
  const out = new Visitor(app, { project, ip: '198.51.100.10' })
  const back = new Visitor(app, { project, ip: '198.51.100.11' })
  await back.vote(target)
  await back.vote(target, 0)
  app.clock.now += 1000
  await out.vote(source)
  await back.vote(source)
  await moderator.invalidate({ filter: { item: source } })
  await merge(moderator, source, target)
  expect(await tally(target)).toBe(0)
  expect(await moderator.columns(target)).toEqual({ counted: 0, held: 0, invalidated: 2 })
  // Taken back and given again, it is what it was.
  await back.vote(target, 0)
  await back.vote(target, 1)
  expect(await tally(target)).toBe(0)
})
