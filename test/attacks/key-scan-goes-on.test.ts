/**
 * The hole: a guess at a key is answered, and so is the next, for as long as the scan stays under the rate limit.
 * Here: a source that has tried ten keys is refused on every endpoint, for longer each time, before anything is looked up. A scan
 * that begins again whenever it may gets through 90 keys on its first day instead of 864 000.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => app.close())

let tried = 0
const guess = async (ip: string): Promise<number> => {
  tried += 1
  const [method, path] = tried % 2 === 0 ? (['GET', 'board'] as const) : (['POST', 'sessions'] as const)
  const answer = await app.app.inject({ method, url: `/api/widget/v1/pk_${tried}/${path}`, remoteAddress: ip, ...(method === 'POST' ? { payload: {} } : {}) })
  return answer.statusCode
}

test('A scan that waits out every block is let through for ten keys at a time, and the waits double', async () => {
  let answered = 0
  const waits: number[] = []
  while (answered < 80) {
    const status = await guess('192.0.2.1')
    if (status === 401) {
      answered += 1
      continue
    }
    expect(status).toBe(403)
    await app.app.responses.settled()
    const retry = await app.app.inject({ url: '/api/widget/v1/pk_x/board', remoteAddress: '192.0.2.1' })
    waits.push(Number(retry.headers['retry-after']))
    app.clock.now += Number(retry.headers['retry-after']) * 1000
  }
  expect(waits).toEqual([60, 120, 240, 480, 960, 1920, 3600])
})

test('A scan that walks through the addresses of its /64 is one scan', async () => {
  const statuses: number[] = []
  for (let host = 1; host <= 15; host += 1) statuses.push(await guess(`2001:db8:5:5:${host}::1`))
  expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(5).fill(403)])
})
