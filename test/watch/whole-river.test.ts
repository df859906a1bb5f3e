/** The second river from its spring to the sea: real requests, the shipped rules, a block, a message, and the way back. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { addChannel } from '../helpers/messages.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { type HttpReceiver, receiveHttp } from '../helpers/receivers.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

const ATTACKER = '198.51.100.66'
const MINUTE = 60_000

let server: TestApp
let receiver: HttpReceiver
beforeAll(async () => {
  server = await startApp()
  receiver = await receiveHttp()
  await addChannel(server, 'slack', { url: `${receiver.url}/slack` }, { severities: ['high', 'critical'], groupWaitMs: 0 })
})
afterAll(async () => {
  await server.close()
  await receiver.close()
})

interface Alert {
  id: string
  rule: string
  state: string
  severity: string
  group: Record<string, string>
  timeline?: { kind: string; actor: string }[]
}
const get = async <T>(path: string): Promise<T> => expectJson<T>(await new Operator(server).call('GET', path), 200)
const forge = async (user: number): Promise<number> =>
  (await new Visitor(server, { ip: ATTACKER, userToken: await signUserToken(server, `usr_${user}_of_many`, { secret: 'not the secret' }) }).start()).statusCode
const look = async (): Promise<void> => {
  await server.app.ledger.flush()
  await server.app.alerts.tick()
  await server.app.notifications.tick()
}

test('forged tokens from one address: found, blocked, told, taken back', async () => {
  await look()
  for (let user = 0; user < 5; user += 1) expect(await forge(user)).toBe(401)
  server.clock.now += 500
  await look()
  expect(await get('/security/v1/alerts?rule=failed-auth-address')).toMatchObject({ alerts: [] })

  server.clock.now += 500
  expect(await forge(5)).toBe(401)
  await look()
  const { alerts } = await get<{ alerts: Alert[] }>('/security/v1/alerts?rule=failed-auth-address')
  expect(alerts).toMatchObject([{ state: 'firing', severity: 'high', group: { ipAddress: ATTACKER } }])

  // In force on every endpoint of the widget, for nobody else.
  expect(await forge(6)).toBe(403)
  expect((await new Visitor(server, { ip: ATTACKER }).call('GET', '/board')).statusCode).toBe(403)
  expect((await new Visitor(server, { ip: '198.51.100.67' }).call('GET', '/board')).statusCode).toBe(200)

  expect(receiver.received.map(({ url }) => url)).toContain('/slack')
  expect(receiver.received.map(({ body }) => body).join('\n')).toContain(`Blocked ${ATTACKER} until`)
  const { timeline = [] } = await get<Alert>(`/security/v1/alerts/${alerts[0]?.id}`)
  expect(timeline.map(({ kind }) => kind)).toEqual(['firing', 'response', 'notified', 'delivered'])

  const { responses } = await get<{ responses: { id: string; action: string }[] }>(`/moderation/v1/responses?project=${server.project.key}&alert=${alerts[0]?.id}`)
  expect(responses).toMatchObject([{ action: 'block' }])
  expectJson(await new Operator(server).call('POST', `/moderation/v1/responses/${responses[0]?.id}/undo`, { reason: 'our own test system' }), 200)
  expect((await new Visitor(server, { ip: ATTACKER }).call('GET', '/board')).statusCode).toBe(200)

  // Whom a person has freed is left alone for an hour.
  for (let user = 0; user < 8; user += 1) expect(await forge(user)).toBe(401)
  server.clock.now += MINUTE
  await look()
  expect(await forge(9)).toBe(401)

  server.clock.now += 10 * MINUTE
  await look()
  expect(await get('/security/v1/alerts?rule=failed-auth-address')).toMatchObject({ alerts: [{ state: 'resolved' }] })
})
