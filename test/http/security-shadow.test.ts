import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import { type DecisionRow, decisionValues, insertDecisions } from '../../db/queries/decisions.ts'
import { noteTrial } from '../../db/queries/shadow.ts'
import { defaultPolicy, loggingPolicy } from '../../server/gate/policies/default.ts'
import type { Policy } from '../../server/gate/policies/policy.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { Visitor } from '../helpers/visitor.ts'

interface Judgement {
  action: string
  wouldHave?: string
}
interface Answer {
  policy: string | null
  since: number | null
  until: number | null
  compared: number
  disagreements: { live: Judgement; shadow: Judgement; votes: number; examples: string[] }[]
}

const trialPolicy = { ...defaultPolicy, version: 'trial-1' }

let server: TestApp
let began: number

beforeAll(async () => {
  server = await startApp({ shadowPolicy: trialPolicy, requestsPerMinute: 100_000 })
  began = server.clock.now
})
afterAll(() => server.close())

async function read(query: Record<string, string | number> = {}, authorization = server.operators.viewer): Promise<Answer> {
  const search = new URLSearchParams(Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]))
  return expectJson(await new Operator(server, authorization).call('GET', `/security/v1/shadow?${search}`), 200)
}

interface Made {
  at: number
  live: Judgement
  shadow?: Judgement
  policy?: string
  voter?: number
}
const voterOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
let voters = 0

/** Decisions as the vote route writes them. Returns their votes' ids. */
async function decide(project: TestProject, made: Made[]): Promise<string[]> {
  const rows = made.map(({ at, live, shadow, policy = trialPolicy.version, voter = (voters += 1) }): DecisionRow => ({
    projectId: project.id, decisionId: uuidv7({ msecs: at }), decidedAt: at, itemId: Number(project.items[0]), voter: voterOf(voter),
    tier: 'd', value: 1, state: 'c', score: 0.5, action: live.action, wouldHave: live.wouldHave ?? null, policy: defaultPolicy.version,
    breakdown: { found: [], credits: [], missing: [] }, ipAddress: '203.0.113.7', network: '203.0.113.0/24', fingerprint: null, device: null,
    userAgent: null, origin: 'https://shop.example', endUser: null, signals: null, core: null, asn: null, country: null, heldFor: null,
    cohortId: null, heldUntil: null, newcomer: true, hosting: null, shadow: shadow === undefined ? null : { policy, ...shadow, score: 0.6 },
  }))
  await insertDecisions(server.app.db, decisionValues(rows))
  return rows.map(({ itemId, voter }) => `${itemId}:${voter}`)
}

describe('GET /api/security/v1/shadow', () => {
  test('groups what both judged alike, the most frequent first, with the newest votes as examples', async () => {
    const project = await server.addProject()
    const at = began + 1000
    const agreed: Made[] = Array.from({ length: 6 }, () => ({ at, live: { action: 'allow' } }))
    const held = Array.from({ length: 7 }, (_, n): Made => ({ at: at + n, live: { action: 'allow', wouldHave: 'hold' }, shadow: { action: 'hold' } }))
    await decide(project, agreed)
    const ids = await decide(project, held)
    const [milder] = await decide(project, [{ at, live: { action: 'hold' }, shadow: { action: 'log', wouldHave: 'block' } }])
    await decide(project, [{ at, live: { action: 'hold' }, shadow: { action: 'allow' }, policy: 'trial-0' }])
    expect(await read({ project: project.key })).toEqual({
      policy: 'trial-1', since: began, until: null, compared: 15,
      disagreements: [
        { live: { action: 'allow', wouldHave: 'hold' }, shadow: { action: 'hold' }, votes: 7, examples: ids.slice(2).toSorted() },
        { live: { action: 'hold' }, shadow: { action: 'log', wouldHave: 'block' }, votes: 1, examples: [milder] },
      ],
    })
  })

  test('names a vote once that was changed often', async () => {
    const project = await server.addProject()
    const often = [1, 2, 3].map((n): Made => ({ at: began + n, live: { action: 'allow' }, shadow: { action: 'hold' }, voter: 9_000_000 }))
    const [id] = await decide(project, often)
    expect((await read({ project: project.key })).disagreements).toEqual([{ live: { action: 'allow' }, shadow: { action: 'hold' }, votes: 3, examples: [id] }])
  })

  test('looks at the time asked for, as far as the trial reaches', async () => {
    const project = await server.addProject()
    const each = [-1000, 0, 1000, 2000].map((after): Made => ({ at: began + after, live: { action: 'allow' }, shadow: { action: 'hold' } }))
    await decide(project, each)
    const counted = async (query: Record<string, number>) => {
      const { since, until, compared, disagreements } = await read({ project: project.key, ...query })
      return { since, until, compared, disagreed: disagreements[0]?.votes ?? 0 }
    }
    expect(await counted({})).toEqual({ since: began, until: null, compared: 3, disagreed: 3 })
    expect(await counted({ since: began - 5000 })).toEqual({ since: began, until: null, compared: 3, disagreed: 3 })
    expect(await counted({ since: began + 1000 })).toEqual({ since: began + 1000, until: null, compared: 2, disagreed: 2 })
    expect(await counted({ until: began + 2000 })).toEqual({ since: began, until: began + 2000, compared: 2, disagreed: 2 })
    expect(await counted({ since: began + 2000, until: began + 1000 })).toMatchObject({ compared: 0, disagreed: 0 })
  })

  test('shows a token of one project that project only', async () => {
    const [mine, other] = [await server.addProject(), await server.addProject()]
    const made: Made = { at: began + 1, live: { action: 'allow' }, shadow: { action: 'hold' } }
    const [id] = await decide(mine, [made])
    await decide(other, [made, made])
    const bound = await server.operatorToken('viewer', mine.id)
    expect(await read({}, bound)).toMatchObject({ compared: 1, disagreements: [{ votes: 1, examples: [id] }] })
    expectProblem(await new Operator(server, bound).call('GET', `/security/v1/shadow?project=${other.key}`), 404, 'unknown_project')
    expect((await read()).compared).toBeGreaterThan(2)
  })

  test.each([['an unknown filter', 'policy=x'], ['a time that is none', 'since=yesterday'], ['a project that is none', 'project=%00']])('refuses %s', async (_title, query) => {
    expectProblem(await new Operator(server, server.operators.viewer).call('GET', `/security/v1/shadow?${query}`), 400, 'invalid_request')
  })

  test('takes an operator', async () => {
    const answer = await server.app.inject('/api/security/v1/shadow')
    expectProblem(answer, 401, 'operator_token_required')
  })
})

describe('a trial', () => {
  test('begins once, ends when another takes its place or none does, and begins anew after that', async () => {
    const other = await startApp()
    try {
      const trials = async () => (await other.app.db.query('select policy, began_at as began, ended_at as ended from policy_trials order by policy')).rows
      const answer = async () => {
        const { policy, since, until } = expectJson<Answer>(await new Operator(other, other.operators.viewer).call('GET', '/security/v1/shadow'), 200)
        return { policy, since, until }
      }
      expect(await answer()).toEqual({ policy: null, since: null, until: null })
      await noteTrial(other.app.db, 'a', 1000)
      await noteTrial(other.app.db, 'a', 2000)
      expect(await answer()).toEqual({ policy: 'a', since: 1000, until: null })
      await noteTrial(other.app.db, 'b', 3000)
      expect(await trials()).toEqual([{ policy: 'a', began: 1000, ended: 3000 }, { policy: 'b', began: 3000, ended: null }])
      expect(await answer()).toEqual({ policy: 'b', since: 3000, until: null })
      await noteTrial(other.app.db, null, 4000)
      await noteTrial(other.app.db, null, 5000)
      expect(await answer()).toEqual({ policy: 'b', since: 3000, until: 4000 })
      await noteTrial(other.app.db, 'a', 6000)
      expect(await trials()).toEqual([{ policy: 'a', began: 6000, ended: null }, { policy: 'b', began: 3000, ended: 4000 }])
      expect(await answer()).toEqual({ policy: 'a', since: 6000, until: null })
    } finally {
      await other.close()
    }
  })

  test('is judged beside the live policy at every vote, and never acts', async () => {
    const policy = { ...loggingPolicy, challenge: null }
    const shadowPolicy: Policy = { ...policy, version: 'holds-all', bands: { ...policy.bands, 'PUT vote': [{ band: 'hold', from: 0, mode: 'enforce' }] } }
    const other = await startApp({ policy, shadowPolicy })
    try {
      const [item] = other.project.items
      const visitor = new Visitor(other)
      expectJson(await visitor.vote(item), 200)
      expect(await visitor.tally(item)).toBe(1)
      const answer = expectJson<Answer>(await new Operator(other, other.operators.viewer).call('GET', '/security/v1/shadow'), 200)
      const { votes: [vote] } = await new Operator(other).votes()
      expect(answer).toMatchObject({ policy: 'holds-all', compared: 1, disagreements: [{ shadow: { action: 'hold' }, votes: 1, examples: [vote?.id] }] })
    } finally {
      await other.close()
    }
  })
})
