import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EventDraft } from '../../server/ledger/event.ts'
import type { StatsAnswer } from '../../server/contract/security.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'

const HOUR = 3_600_000
let server: TestApp
let viewer: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  viewer = new Operator(server, server.operators.viewer)
})
afterAll(() => server.close())

const see = (draft: Partial<EventDraft>): void =>
  server.app.ledger.write({ projectId: server.project.id, eventType: 'origin_mismatch', endpoint: '/x', ...draft })
const stats = async (query: string): Promise<StatsAnswer> => expectJson(await viewer.call('GET', `/security/v1/events/stats?${query}`), 200)

test('counts by severity over time with what is folded, by type, what is new and what is unread', async () => {
  const since = server.clock.now - (server.clock.now % HOUR) + HOUR
  server.clock.now = since - HOUR
  see({ severity: 'low' })
  await server.app.ledger.flush()
  server.clock.now = since + 1
  see({ severity: 'low' })
  see({ severity: 'low' })
  see({ severity: 'critical', eventType: 'jwt_validation_failed' })
  await server.app.ledger.flush()
  server.clock.now = since + 2 * HOUR + 5
  see({ severity: 'high', eventType: 'suspicious_activity' })
  see({ severity: 'high', eventType: 'suspicious_activity', projectId: 0 })
  // What happens in this very millisecond is of the next look.
  server.clock.now += 1
  const ask = async (): Promise<StatsAnswer> => await stats(`project=${server.project.key}&since=${since}&bucket=1h`)
  const asked = await ask()
  expect(asked).toEqual({
    since, until: server.clock.now, bucketMs: HOUR,
    buckets: [
      { at: since, low: 2, medium: 0, high: 0, critical: 1 }, { at: since + HOUR, low: 0, medium: 0, high: 0, critical: 0 },
      { at: since + 2 * HOUR, low: 0, medium: 0, high: 1, critical: 0 },
    ],
    byType: [{ eventType: 'origin_mismatch', count: 2 }, { eventType: 'jwt_validation_failed', count: 1 }, { eventType: 'suspicious_activity', count: 1 }],
    newTypes: ['jwt_validation_failed', 'suspicious_activity'],
    unread: { low: 2, medium: 0, high: 1, critical: 1 }, unreadCritical: 1,
  })
  // The same once whole hours are counted and no longer read from the ledger.
  await server.app.hourly.tick()
  expect(await ask()).toEqual(asked)
  await new Operator(server).call('PATCH', '/security/v1/events', { filter: { severity: 'critical' }, isRead: true })
  expect((await ask()).unreadCritical).toBe(0)
  expect((await stats(`since=${since}&bucket=1h`)).unread.high).toBe(2)
})

test.each(['bucket=1s', 'since=2&until=1', 'since=0&bucket=1m'])('%s is refused', async (query) => {
  expectProblem(await viewer.call('GET', `/security/v1/events/stats?${query}`), 400, 'invalid_request')
})
