import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { HistoryAnswer } from '../../server/contract/vote-views.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { recordVote } from '../helpers/recorded-votes.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

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
  server.clock.now = Math.ceil(server.clock.now / DAY_MS + 30) * DAY_MS
  project = await server.addProject()
  moderator = new Operator(server, server.operators.moderator, project)
  ;[item, other] = project.items
})

const ask = (path: string, query = '') => moderator.call('GET', `/moderation/v1/${path}?project=${project.key}${query}`)
const history = async (of: string | null, query = ''): Promise<HistoryAnswer> =>
  expectJson(await ask(of === null ? 'votes/history' : `items/${of}/history`, query), 200)

const sum = (column: 'counted' | 'held' | 'invalidated', of: HistoryAnswer['buckets']): number => of.reduce((total, bucket) => total + bucket[column], 0)

describe('votes over time', () => {
  test('are counted by when they were cast and the state they are in now; their sum is the tally', async () => {
    const day = server.clock.now
    for (const [at, itemId] of [[0, item], [HOUR_MS - 1, item], [HOUR_MS, item], [5 * HOUR_MS, item], [5 * HOUR_MS, other]] as const) {
      server.clock.now = day + at
      await recordVote(server, project, { itemId })
    }
    await recordVote(server, project, { itemId: item, heldFor: 'score' })
    const voter = '0192a000-0000-7000-8000-000000000003'
    await recordVote(server, project, { itemId: item, voter })
    server.clock.now += 1000
    await recordVote(server, project, { itemId: item, voter, value: 0 })
    const asked = `&since=${day}&until=${day + DAY_MS}&bucket=1h`
    expect(await history(item, asked)).toEqual({
      since: day, until: day + DAY_MS, bucketMs: HOUR_MS,
      buckets: [
        { at: day, counted: 2, held: 0, invalidated: 0 }, { at: day + HOUR_MS, counted: 1, held: 0, invalidated: 0 },
        { at: day + 5 * HOUR_MS, counted: 1, held: 1, invalidated: 0 },
      ],
    })
    const taken = await moderator.invalidate({ filter: { item, until: day + HOUR_MS } })
    expect((await history(item, asked)).buckets[0]).toEqual({ at: day, counted: 0, held: 0, invalidated: 2 })
    const { buckets } = await history(null, asked)
    expect(buckets.at(-1)).toEqual({ at: day + 5 * HOUR_MS, counted: 2, held: 1, invalidated: 0 })
    const one = (await history(item, asked)).buckets
    expect({ counted: sum('counted', one), held: sum('held', one), invalidated: sum('invalidated', one) }).toEqual(await moderator.columns(item))
    await moderator.undo(taken.id)
    expect(sum('counted', (await history(item, asked)).buckets)).toBe(4)
  })

  test('reach back 30 days where nothing else is asked, in so many buckets that one can draw them', async () => {
    server.clock.now += 7 * HOUR_MS + 1
    const { since, until, bucketMs, buckets } = await history(null)
    expect([until, bucketMs, since % bucketMs, buckets]).toEqual([server.clock.now, 6 * HOUR_MS, 0, []])
    expect(until - since).toBeGreaterThanOrEqual(30 * DAY_MS)
    for (const hours of [1, 3, 10, 24, 190, 24 * 30, 24 * 199]) {
      const span = await history(item, `&since=${server.clock.now - hours * HOUR_MS}`)
      expect((span.until - span.since) / span.bucketMs).toBeLessThanOrEqual(200)
    }
  })

  test('of too many buckets, of no time, of no such item are refused', async () => {
    const now = server.clock.now
    expectProblem(await ask('votes/history', `&since=${now - DAY_MS}&bucket=1m`), 400, 'invalid_request')
    expectProblem(await ask('votes/history', `&since=${now - 300 * DAY_MS}`), 400, 'invalid_request')
    expectProblem(await ask('votes/history', `&since=${now}&until=${now}`), 400, 'invalid_request')
    expectProblem(await ask('votes/history', '&bucket=2h'), 400, 'invalid_request')
    expectProblem(await ask('items/2000000000/history'), 404, 'unknown_item')
    const strange = await server.addProject()
    expectProblem(await ask(`items/${strange.items[0]}/history`), 404, 'unknown_item')
  })
})
