/**
 * The hole: votes are held for a time and put back, while their voters take them back, give them again, come back with another item or
 * are held by a moderator as well; whoever finds an order in which a vote comes back twice, or not at all, has a tally that is not true.
 * Here: what an expiry or an undo gives back is what was held and nothing else, to the millisecond, and the tally equals a recount.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator } from '../helpers/operator.ts'
import { findLayerFaults, recordVote } from '../helpers/recorded-votes.ts'
import { expire, fire, listed } from '../helpers/rule-response.ts'

const ADDRESS = '198.51.100.7'
const HOUR = 3_600_000
const HOLD = { type: 'hold_votes', ttl: '1h' } as const

let server: TestApp
beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

interface Board {
  project: TestProject
  item: string
  voters: string[]
  moderator: Operator
}
async function board(size: number): Promise<Board> {
  const project = await server.addProject()
  const voters = Array.from({ length: size }, () => randomUUID())
  const made = { project, item: project.items[0], voters, moderator: new Operator(server, server.operators.moderator, project) }
  for (const voter of voters) await vote(made, voter)
  return made
}
const vote = (made: Board, voter: string, value: 0 | 1 = 1, ipAddress = ADDRESS): Promise<unknown> =>
  recordVote(server, made.project, { itemId: made.item, voter, value, facts: { ipAddress } })
const hold = ({ project, item }: Board): ReturnType<typeof fire> => fire(server, { projectId: project.id, group: { itemId: item, ipAddress: ADDRESS }, actions: [HOLD] })

async function expectTruth(): Promise<void> {
  expect((await findTallyFaults(server.app.db)).faults).toEqual([])
  expect(await findLayerFaults(server)).toEqual([])
}

test('A vote that is taken back while it is held does not come back; one that is given again does once', async () => {
  const made = await board(6)
  const [gone = '', back = '', elsewhere = ''] = made.voters
  await hold(made)
  server.clock.now += 1000
  await vote(made, gone, 0)
  await vote(made, back, 0)
  await vote(made, back, 1)
  await vote(made, back, 1)
  // From another address: it is still the vote that was held.
  await vote(made, elsewhere, 0, '203.0.113.1')
  await vote(made, elsewhere, 1, '203.0.113.1')
  await vote(made, randomUUID(), 1, '203.0.113.2')
  expect(await made.moderator.columns(made.item)).toMatchObject({ counted: 1 })
  await expectTruth()
  server.clock.now += HOUR
  await expire(server)
  expect((await made.moderator.columns(made.item)).counted).toBe(6)
  expect((await made.moderator.columns(made.item)).held).toBe(0)
  await expectTruth()
})

test('It ends to the millisecond, and an undo at that very moment ends it once', async () => {
  const made = await board(5)
  const { applied: [response] } = await hold(made)
  server.clock.now = (response?.expiresAt ?? 0) - 1
  await expire(server)
  expect(await made.moderator.columns(made.item)).toEqual({ counted: 0, held: 5, invalidated: 0 })
  server.clock.now += 1
  const [undone] = await Promise.all([made.moderator.call('POST', `/moderation/v1/responses/${response?.id}/undo`, {}), expire(server)])
  expect([200, 409]).toContain(undone.statusCode)
  expect(await made.moderator.columns(made.item)).toEqual({ counted: 5, held: 0, invalidated: 0 })
  await expire(server)
  expect((await listed(server, { project: made.project.key })).filter(({ endedAt }) => endedAt !== null)).toHaveLength(1)
  await expectTruth()
})

test('Two rules, a moderator and an invalidation over each other come off in any order', async () => {
  const made = await board(6)
  const { applied: [first] } = await hold(made)
  const own = await made.moderator.hold({ filter: { ip: ADDRESS } })
  const { applied: [second] } = await fire(server, { projectId: made.project.id, group: { itemId: made.item }, actions: [{ type: 'invalidate_votes', ttl: '2h' }] })
  expect(await made.moderator.columns(made.item)).toEqual({ counted: 0, held: 0, invalidated: 6 })
  await made.moderator.call('POST', `/moderation/v1/responses/${first?.id}/undo`, {})
  expect(await made.moderator.columns(made.item)).toEqual({ counted: 0, held: 0, invalidated: 6 })
  server.clock.now = second?.expiresAt ?? 0
  await expire(server)
  expect(await made.moderator.columns(made.item)).toEqual({ counted: 0, held: 6, invalidated: 0 })
  await made.moderator.undo(own.id)
  expect(await made.moderator.columns(made.item)).toEqual({ counted: 6, held: 0, invalidated: 0 })
  await expectTruth()
})

test('A rule of the installation, or of another project, with the same address and item number holds nothing here', async () => {
  const [made, other] = [await board(4), await board(4)]
  await fire(server, { projectId: other.project.id, group: { itemId: made.item, ipAddress: ADDRESS }, actions: [HOLD] })
  await fire(server, { projectId: 0, group: { itemId: made.item, ipAddress: ADDRESS }, actions: [HOLD] })
  expect(await made.moderator.columns(made.item)).toEqual({ counted: 4, held: 0, invalidated: 0 })
  await expectTruth()
})
