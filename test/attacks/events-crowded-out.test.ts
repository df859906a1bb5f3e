/**
 * The hole: refusals fold by what they say, and a script chooses what they say. With a new Origin in every request one host
 * filled the ledger's room within seconds, and the attack that mattered was folded away without its address.
 * Here: a network has a share of the room, and everybody else keeps theirs.
 */
import { afterEach, expect, test } from 'vitest'
import { type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

let app: TestApp
afterEach(() => app.close())

test.each([
  ['refused for their origin', 100_000, 'origin_mismatch', { rows: 500, events: 700 }],
  ['refused by the rate limit', 1, 'rate_limit_exceeded', { rows: 499, events: 699 }],
])('Requests that differ in everything a client writes, %s, do not crowd out an attack from elsewhere', async (_, requestsPerMinute, eventType, figures) => {
  app = await startApp({ requestsPerMinute })
  for (let index = 0; index < 700; index += 1) {
    await new Visitor(app, { ip: `203.0.113.${index % 250}`, origin: `https://${index}.evil.example` }).call('GET', '/board')
  }
  const userToken = await signUserToken(app, 'usr_12345678', { secret: 'x'.repeat(32) })
  expect((await new Visitor(app, { ip: '198.51.100.9', userToken }).start()).statusCode).toBe(401)

  await app.app.ledger.flush()
  const { rows: [flood] } = await app.app.db.query<{ rows: number; events: number; folded: unknown[] }>(
    `select count(*)::int as rows, sum(count)::int as events, jsonb_agg(distinct detail->'network') filter (where detail ? 'folded') as folded
     from security_events where event_type = $1`, [eventType])
  expect(flood).toEqual({ ...figures, folded: ['203.0.113.0/24'] })
  expect(await readEvents(app, { eventType: 'jwt_validation_failed' })).toMatchObject([
    { severity: 'high', metadata: { ipAddress: '198.51.100.9', endUserId: 'usr_***', errorMessage: 'Invalid signature' } },
  ])
})
