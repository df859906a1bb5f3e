/** Alerts and silences are bounded, and nobody can use up the room of others. */
import { expect, test } from 'vitest'
import { insertLines } from '../helpers/ledger-lines.ts'
import { Operator } from '../helpers/operator.ts'
import { ADDRESS, MINUTE, useWatched } from '../helpers/watched.ts'

const watched = useWatched()

const scan = (ipAddress: string, count: number): object[] => Array.from({ length: count }, (_, n) => ({ at: n, project: 0, eventType: 'suspicious_activity', ipAddress, detail: { kind: 'scan' } }))

test('Two hundred sources that are blocked and silent keep no room from the next', async () => {
  await insertLines(watched.server.app.db, watched.server.clock.now, Array.from({ length: 200 }, (_, n) => scan(`2001:db8:${(n + 1).toString(16)}::1`, 6)).flat() as never)
  await watched.look()
  await watched.look(MINUTE)
  await insertLines(watched.server.app.db, watched.server.clock.now, scan(ADDRESS, 20) as never)
  await watched.look()
  expect(watched.blocked(ADDRESS, 0)).toBe(true)
})

test('One project’s silences take no room from another’s', async () => {
  const mine = new Operator(watched.server, await watched.server.operatorToken('moderator', watched.server.project.id))
  const other = await watched.server.addProject()
  const body = { matchers: [{ name: 'rule', value: 'x' }], reason: 'r', endsAt: watched.server.clock.now + MINUTE }
  for (let n = 0; n < 500; n += 1) await mine.call('POST', '/security/v1/silences', body)
  expect((await new Operator(watched.server).call('POST', '/security/v1/silences', { ...body, project: other.key })).statusCode).toBe(201)
})

test('What a rule had no room for is a metric', async () => {
  const { body } = await watched.server.app.inject({ url: '/metrics', headers: { authorization: watched.server.operators.viewer } })
  expect(body).toMatch(/^truetally_alerts_folded 0$/m)
})
