/**
 * The hole: one route asks for an operator token outside the rate limit. /metrics answered 4000 guesses a second from one
 * address, each with a query of its own.
 * Here: each route that takes a token counts first and asks afterwards.
 */
import { afterEach, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'

let app: TestApp
afterEach(() => app.close())

test.each(['/metrics', '/api/security/v1/events', '/api/moderation/v1/votes?project=1', '/api/operator/v1/projects'])(
  'Guesses at %s meet the limit before the question whether they are right',
  async (url) => {
    app = await startApp({ requestsPerMinute: 5 })
    const guess = async (authorization: string): Promise<number> =>
      (await app.app.inject({ url, remoteAddress: '203.0.113.7', headers: { authorization } })).statusCode
    const statuses: number[] = []
    for (let turn = 0; turn < 7; turn += 1) statuses.push(await guess(`Bearer ttop_guess-${turn}`))
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect(await guess(app.operators.admin)).toBe(429)
  },
)
