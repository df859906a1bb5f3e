/** Voters, moderators and rules all at once on two nodes; what they leave must be true and undoable. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { ORIGIN, type TestApp, startApp } from '../helpers/app.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { findLayerFaults, openCohort, recordVote } from '../helpers/recorded-votes.ts'
import { Visitor } from '../helpers/visitor.ts'
import { randomFrom } from '../helpers/vote-model.ts'

let server: TestApp

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())

describe('everything at once on two nodes', () => {
  test('votes, actions, cohorts, undos, lifts and releases neither deadlock nor bend a tally', async () => {
    const second = await startApp({ databaseUrl: server.databaseUrl, requestsPerMinute: 100_000 })
    try {
      server.clock.now += 3_600_000
      second.clock.now = server.clock.now
      const project = await server.addProject()
      await second.app.projects.reload()
      const nodes = [server, second]
      const moderators = nodes.map((node) => new Operator(node, node.operators.moderator, project))
      const visitors = await Promise.all(Array.from({ length: 60 }, async (_, n) => {
        const visitor = new Visitor(nodes[n % 2] as TestApp, { project, ip: `198.51.${n % 6}.${n}`, origin: ORIGIN })
        await visitor.start()
        return visitor
      }))
      const random = randomFrom(42)
      const statuses = new Map<number, number>()
      const count = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1)

      const voting = visitors.map(async (visitor, n) => {
        for (let round = 0; round < 10; round += 1) {
          const itemId = project.items[random(3)] as string
          count((await visitor.vote(itemId, round % 3 === 2 ? 0 : 1, { fingerprint: `feedface0000000${n % 5}` })).statusCode)
        }
      })
      const moderating = Array.from({ length: 6 }, async (_, n) => {
        const moderator = moderators[n % 2] as Operator
        for (let round = 0; round < 6; round += 1) {
          const filter = [{ item: project.items[n % 3] }, { network: `198.51.${n}.0/24` }, { tier: 'device' }, { state: 'held' }][round % 4] as object
          const { id } = round % 3 === 1 ? await moderator.hold({ filter }) : await moderator.invalidate({ filter })
          if (round % 2 === 1) await moderator.release({ filter: { state: 'held' } })
          if (round % 2 === 0) await moderator.undo(id)
        }
      })
      const watching = Array.from({ length: 4 }, async (_, n) => {
        const node = nodes[n % 2] as TestApp
        const moderator = moderators[n % 2] as Operator
        for (let round = 0; round < 5; round += 1) {
          const itemId = project.items[(n + round) % 3] as string
          const { votes } = await moderator.votes({ item: itemId, limit: 100 })
          const { cohort } = await openCohort(node, project, { kind: 'core', matches: `${n}-${round}`, itemId }, votes.map(({ id }) => id))
          await Promise.all([1, 2, 3].map(() => recordVote(node, project, { itemId, heldFor: 'cohort', cohortId: cohort.id })))
          if (round % 2 === 0) {
            const path = `/moderation/v1/cohorts/${cohort.id}`
            expectJson(await moderator.call('POST', `${path}/invalidate`, { project: project.key, reason: 'a farm' }), 201)
            expectJson(await moderator.call('DELETE', `${path}?project=${project.key}`), 200)
          }
        }
      })
      await Promise.all([...voting, ...moderating, ...watching])

      expect(Object.fromEntries(statuses)).toEqual({ 200: 600 })
      const check = await findTallyFaults(server.app.db)
      expect(check.faults).toEqual([])
      expect(check.votes).toBeGreaterThan(100)

      const [moderator] = moderators as [Operator]
      const log = expectJson<{ invalidations: { id: string; undoneAt: number | null }[] }>(
        await moderator.call('GET', `/moderation/v1/invalidations?project=${project.key}&limit=200`), 200)
      const standing = log.invalidations.filter(({ undoneAt }) => undoneAt === null)
      // As many at a time as the two nodes have connections: more would wait for one, and on a busy machine in vain.
      while (standing.length > 0) await Promise.all(standing.splice(0, 20).map(({ id }, n) => (moderators[n % 2] as Operator).undo(id)))
      const { cohorts } = expectJson<{ cohorts: { id: string }[] }>(await moderator.call('GET', `/moderation/v1/cohorts?project=${project.key}&limit=200`), 200)
      expect(cohorts).toHaveLength(20)
      await Promise.all(cohorts.map(async ({ id }, n) =>
        expectJson(await (moderators[n % 2] as Operator).call('DELETE', `/moderation/v1/cohorts/${id}?project=${project.key}`), 200)))
      expect((await findTallyFaults(server.app.db)).faults).toEqual([])
      expect(await findLayerFaults(server)).toEqual([])
      for (const itemId of project.items) expect((await moderator.columns(itemId)).invalidated).toBe(0)
      expect((await moderator.votes({ state: 'invalidated' })).votes).toEqual([])
      // What is held now is held for its seat, as it was when it came.
      const { votes: held } = await moderator.votes({ state: 'held', limit: 200 })
      expect(new Set(held.map(({ heldFor }) => heldFor))).toEqual(new Set(held.length === 0 ? [] : ['seat']))
    } finally {
      await second.close()
    }
  })
})
