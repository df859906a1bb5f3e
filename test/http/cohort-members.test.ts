import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CohortMembersAnswer } from '../../server/contract/vote-views.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { openCohort, recordVote } from '../helpers/recorded-votes.ts'

const CORE = '0123456789abcdef'

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

const ask = (id: number | string, operator = moderator) => operator.call('GET', `/moderation/v1/cohorts/${id}/members?project=${operator.project.key}`)
const members = async (id: number): Promise<CohortMembersAnswer> => expectJson(await ask(id), 200)
const gesture = { pressMs: 80, offCentre: 0.25, straightness: 0.5, hoverMs: 120 }

describe('the members of a cohort', () => {
  test('are its votes with their values, and what more than one of them shares, the commonest first', async () => {
    const ids: string[] = []
    for (const [n, fingerprint] of ['feedface00000001', 'feedface00000001', 'feedface00000002', null].entries()) {
      server.clock.now += 1000
      ids.push((await recordVote(server, project, {
        itemId: item, facts: { core: CORE, fingerprint, asn: n < 3 ? 64_500 : 64_501, signals: n < 2 ? gesture : null },
      })).id)
    }
    const { cohort } = await openCohort(server, project, { kind: 'core', matches: CORE, itemId: item }, ids)
    const answer = await members(cohort.id)
    expect(answer.cohort).toMatchObject({ id: String(cohort.id), kind: 'core', matches: CORE, votesHeld: 4, words: '4 votes that share one kind of machine' })
    expect(answer.counts).toEqual({ counted: 0, held: 4, invalidated: 0 })
    expect(answer.members.map(({ voteId }) => voteId)).toEqual(ids.toReversed())
    expect(answer.members.at(-1)).toMatchObject({
      state: 'held', heldFor: 'cohort', tier: 'device',
      values: { core: CORE, fingerprint: 'feedface00000001', asn: '64500', network: '203.0.113.0/24', gesture: '80 0.25 0.5 120', minute: expect.stringMatching(/^\d+0000$/) },
    })
    expect(answer.members[0]?.values).not.toHaveProperty('fingerprint')
    const shared = answer.shared.map(({ field, value, votes }) => `${votes} ${field} ${value}`)
    expect(shared).toEqual(expect.arrayContaining([
      `4 core ${CORE}`, '4 network 203.0.113.0/24', '3 asn 64500', '2 fingerprint feedface00000001', '2 gesture 80 0.25 0.5 120',
    ]))
    expect(shared.filter((line) => line.startsWith('1 '))).toEqual([])
    expect(shared.filter((line) => line.includes('device'))).toEqual([])
    expect(answer.shared.map(({ votes }) => votes)).toEqual(answer.shared.map(({ votes }) => votes).toSorted((a, b) => b - a))
  })

  test('are still there when they were released, invalidated or the cohort was lifted', async () => {
    const ids = await Promise.all(Array.from({ length: 3 }, async () => (await recordVote(server, project, { itemId: item })).id))
    const { cohort } = await openCohort(server, project, { kind: 'core', matches: CORE, itemId: item }, ids)
    const arrived = await recordVote(server, project, { itemId: item, heldFor: 'cohort', cohortId: cohort.id })
    await moderator.release({ voteIds: [ids[0] as string] })
    await moderator.invalidate({ voteIds: [ids[1] as string] })
    const answer = await members(cohort.id)
    expect(answer.counts).toEqual({ counted: 1, held: 2, invalidated: 1 })
    expect(answer.cohort.votesHeld).toBe(2)
    expect(answer.members.map(({ voteId }) => voteId).toSorted()).toEqual([...ids, arrived.id].toSorted())
    await moderator.call('DELETE', `/moderation/v1/cohorts/${cohort.id}?project=${project.key}`)
    expect((await members(cohort.id)).counts).toEqual({ counted: 3, held: 0, invalidated: 1 })
  })

  test('are the newest 200, and the figures are of all', async () => {
    const ids = await Promise.all(Array.from({ length: 230 }, async () => (await recordVote(server, project, { itemId: item, facts: { core: CORE } })).id))
    const { cohort } = await openCohort(server, project, { kind: 'core', matches: CORE, itemId: item }, ids)
    const answer = await members(cohort.id)
    expect([answer.members.length, answer.counts.held]).toEqual([200, 230])
    expect(answer.shared).toContainEqual({ field: 'core', value: CORE, votes: 230 })
  })

  test('of another project, or of no cohort, are not found', async () => {
    const { cohort } = await openCohort(server, project, { kind: 'core', matches: CORE, itemId: item }, [])
    expect((await members(cohort.id)).members).toEqual([])
    expectProblem(await ask(cohort.id, new Operator(server, server.operators.moderator, await server.addProject())), 404, 'not_found')
    expectProblem(await ask('9999999999'), 404, 'not_found')
  })
})
