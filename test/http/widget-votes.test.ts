/** One person, one vote, one true tally: over the real routes and a real PostgreSQL, many requests at once. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { readSession } from '../../server/tokens/session.ts'
import { ORIGIN, type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Visitor, crowd, expectProblem, signUserToken } from '../helpers/visitor.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

interface StoredVote {
  voter: string
  tier: string
  state: string
  value: string
  castAt: number
  supersededBy: string | null
}
async function storedVotes(project: TestProject, itemId: string): Promise<StoredVote[]> {
  const { rows } = await app.app.db.query<StoredVote>(
    `select voter, tier, state, value, cast_at as "castAt", superseded_by as "supersededBy" from votes
     where project_id = $1 and item_id = $2 order by voter`, [project.id, itemId])
  return rows
}
async function countDecisions(project: TestProject): Promise<number> {
  const { rows } = await app.app.db.query<{ n: number }>('select count(*)::int as n from decisions where project_id = $1', [project.id])
  return rows[0]?.n ?? Number.NaN
}
const expectTrueTallies = async (): Promise<void> => expect((await findTallyFaults(app.app.db)).faults).toEqual([])

test.each(['device', 'verified'] as const)('A hundred votes of one %s voter at the same time count once', async (tier) => {
  const project = await app.addProject()
  const [item] = project.items
  const visitor = new Visitor(app, { project, ...(tier === 'verified' ? { userToken: await signUserToken(app, 'usr_parallel', { project }) } : {}) })
  await visitor.start()

  const answers = await Promise.all(Array.from({ length: 100 }, () => visitor.vote(item)))

  expect(answers.map((answer) => answer.statusCode)).toEqual(Array(100).fill(200))
  expect(new Set(answers.map((answer) => answer.json<{ votes: number }>().votes))).toEqual(new Set([1]))
  expect(await visitor.tally(item)).toBe(1)
  const standing = (await storedVotes(project, item)).filter((vote) => vote.supersededBy === null)
  expect(standing).toMatchObject([{ tier: tier === 'verified' ? 'v' : 'd', state: 'c', value: '1' }])
  expect(await countDecisions(project)).toBe(1)
  await expectTrueTallies()
})

test('A hundred sessions of one user, each on a device of its own, count once', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const devices = await crowd(app, 100, { project }, () => 'usr_everywhere')
  const answers = await Promise.all(devices.map((device) => device.vote(item)))
  expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]))
  expect(await devices[0]?.tally(item)).toBe(1)
  await expectTrueTallies()
})

test('A request retried a hundred times changes neither the vote, nor its time, nor the decisions', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const visitor = new Visitor(app, { project })
  await visitor.vote(item)
  const before = { votes: await storedVotes(project, item), decisions: await countDecisions(project) }

  const opened = app.clock.now
  app.clock.now += 20 * 60_000
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => visitor.vote(item)))
    expect(answers.map((answer) => answer.statusCode)).toEqual(Array(10).fill(200))
  }
  app.clock.now = opened

  expect({ votes: await storedVotes(project, item), decisions: await countDecisions(project) }).toEqual(before)
  expect(before.decisions).toBe(1)
  expect(await visitor.tally(item)).toBe(1)
})

test.each(['verified', 'device'] as const)('Two hundred distinct %s voters at the same time are two hundred votes', async (tier) => {
  const project = await app.addProject()
  const [item] = project.items
  const voters = await crowd(app, 200, { project }, tier === 'verified' ? (index) => `usr_${index}` : undefined)

  const answers = await Promise.all(voters.map((voter) => voter.vote(item)))

  expect(answers.filter((answer) => answer.statusCode !== 200)).toEqual([])
  expect(await voters[0]?.tally(item)).toBe(200)
  await expectTrueTallies()
})

test('Five hundred votes and un-votes in random order leave the tally a model predicts', async () => {
  const project = await app.addProject()
  const voters = await crowd(app, 20, { project }, (index) => `usr_model_${index}`)
  const random = generator(20_261_121)
  const model = new Map<string, 0 | 1>()
  /** Ballots of one voter wait for each other, ballots of different voters do not: that is what an order means here. */
  const queues = voters.map(() => [] as { item: string; value: 0 | 1 }[])
  for (let ballot = 0; ballot < 500; ballot += 1) {
    const voter = Math.floor(random() * voters.length)
    const item = project.items[Math.floor(random() * 3)] as string
    const value = random() < 0.6 ? 1 : 0
    queues[voter]?.push({ item, value })
    model.set(`${voter}:${item}`, value)
  }
  await Promise.all(voters.map(async (voter, index) => {
    for (const { item, value } of queues[index] ?? []) {
      const answer = await voter.vote(item, value)
      expect(answer.statusCode).toBe(200)
      expect(answer.json<{ value: number }>().value).toBe(value)
    }
  }))

  for (const item of project.items) {
    const predicted = [...model].filter(([key, value]) => key.endsWith(`:${item}`) && value === 1).length
    expect(await voters[0]?.tally(item)).toBe(predicted)
  }
  await expectTrueTallies()
})

test('A vote taken back leaves the tally as it was, and its place in the ledger', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const visitor = new Visitor(app, { project })
  await visitor.vote(item)
  const taken = await visitor.vote(item, 0)
  expect(taken.json()).toMatchObject({ itemId: item, value: 0, votes: 0 })
  expect(await storedVotes(project, item)).toMatchObject([{ value: '0' }])
  expect(await countDecisions(project)).toBe(2)
})

test('A vote against something never voted for writes nothing', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const answer = await new Visitor(app, { project }).vote(item, 0)
  expect(answer.json()).toMatchObject({ value: 0, votes: 0 })
  expect(await storedVotes(project, item)).toEqual([])
  expect(await countDecisions(project)).toBe(0)
})

test('Signing in replaces the device’s vote, and signing out again gives no second one', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const anonymous = new Visitor(app, { project })
  await anonymous.vote(item)
  const { deviceToken } = anonymous as { deviceToken: string }

  const signedIn = new Visitor(app, { project, deviceToken, userToken: await signUserToken(app, 'usr_late', { project }) })
  expect((await signedIn.vote(item)).json()).toMatchObject({ votes: 1 })
  expect(await storedVotes(project, item)).toHaveLength(2)

  const signedOut = new Visitor(app, { project, deviceToken })
  expectProblem(await signedOut.vote(item), 409, 'already_voted')
  expectProblem(await anonymous.vote(item), 409, 'already_voted')
  expect(await signedOut.tally(item)).toBe(1)
  await expectTrueTallies()
})

test('A device that never voted before its user did gets no vote of its own after they sign out', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const signedIn = new Visitor(app, { project, userToken: await signUserToken(app, 'usr_first', { project }) })
  await signedIn.vote(item)
  const signedOut = new Visitor(app, { project, deviceToken: signedIn.deviceToken as string })
  expectProblem(await signedOut.vote(item), 409, 'already_voted')
  expect(await signedOut.tally(item)).toBe(1)
})

test('A vote cast before signing in can be taken back after it', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const anonymous = new Visitor(app, { project })
  await anonymous.vote(item)
  const signedIn = new Visitor(app, {
    project, deviceToken: anonymous.deviceToken as string, userToken: await signUserToken(app, 'usr_regrets', { project }),
  })
  expect((await signedIn.start()).json()).toMatchObject({ votedItemIds: [item], verified: true })
  expect((await signedIn.vote(item, 0)).json()).toMatchObject({ value: 0, votes: 0 })
  expect(await signedIn.tally(item)).toBe(0)
  expectProblem(await anonymous.vote(item), 409, 'already_voted')
  await expectTrueTallies()
})

test('A device and the user on it, voting at the same moment many times over, are one vote', async () => {
  const project = await app.addProject()
  const [item] = project.items
  const anonymous = new Visitor(app, { project })
  await anonymous.start()
  const signedIn = new Visitor(app, {
    project, deviceToken: anonymous.deviceToken as string, userToken: await signUserToken(app, 'usr_both', { project }),
  })
  await signedIn.start()
  const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? anonymous : signedIn).vote(item)))
  for (const answer of answers) expect([200, 409]).toContain(answer.statusCode)
  expect(await anonymous.tally(item)).toBe(1)
  await expectTrueTallies()
})

test('A verified project refuses visitors it does not know, for votes and for feedback', async () => {
  const project = await app.addProject({ mode: 'verified' })
  const [item] = project.items
  const visitor = new Visitor(app, { project })
  expectProblem(await visitor.vote(item), 401, 'verification_required')
  expectProblem(await visitor.call('POST', '/feedback', { kind: 'idea', title: 'Let me in', session: visitor.session }), 401, 'verification_required')

  const userToken = await signUserToken(app, 'usr_known', { project })
  expect((await visitor.vote(item, 1, { userToken })).json()).toMatchObject({ votes: 1 })
})

test('A closed item takes no votes and an unknown one does not exist', async () => {
  const project = await app.addProject()
  const [item] = project.items
  await app.app.db.query(`update items set status = 'shipped' where project_id = $1 and item_id = $2`, [project.id, item])
  const visitor = new Visitor(app, { project })
  expectProblem(await visitor.vote(item), 409, 'voting_closed')
  expectProblem(await visitor.vote(app.project.items[0]), 404, 'unknown_item')
})

test('A returning device finds what it voted for, and keeps its one vote', async () => {
  const project = await app.addProject()
  const [first, second] = project.items
  const visitor = new Visitor(app, { project })
  await visitor.vote(first)
  await visitor.vote(second)
  await visitor.vote(second, 0)
  const back = new Visitor(app, { project, deviceToken: visitor.deviceToken as string, ip: '198.51.100.9' })
  expect((await back.start()).json()).toMatchObject({ votedItemIds: [first], deviceToken: visitor.deviceToken, verified: false })
  expect((await back.vote(first)).json()).toMatchObject({ votes: 1 })
})

test('A session ends after half an hour', async () => {
  const project = await app.addProject()
  const visitor = new Visitor(app, { project })
  await visitor.vote(project.items[0])
  const opened = app.clock.now
  app.clock.now += 30 * 60_000
  const late = await visitor.vote(project.items[0], 0)
  app.clock.now = opened
  expectProblem(late, 401, 'session_expired')
  expect(readSession(app.app.keys.session, visitor.session, { projectId: project.id, origin: ORIGIN }, opened)).toHaveProperty('session')
})

/** mulberry32: the same ballots on every run. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
