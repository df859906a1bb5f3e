/**
 * The holes: fifty tokens of one person took every stream there is, and a stream left open, or a page that
 * asks again by itself, kept a session alive that nobody used.
 */
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SESSION_IDLE_MS } from '../../server/tokens/operator-session.ts'
import { PASSWORD, signInAs } from '../helpers/account.ts'
import { type TestApp, startApp } from '../helpers/app.ts'

let server: TestApp
let url = ''

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000, streamRecheckMs: 20 })
  await server.app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}/api/security/v1/events/stream`
})
afterAll(() => server.close())

test('a person’s tokens have five streams together', async () => {
  const tab = await signInAs(server, 'viewer')
  const stop = new AbortController()
  const statuses: number[] = []
  for (let n = 0; n < 7; n += 1) {
    const made = await tab.call('POST', '/operator/v1/account/tokens', { name: `token ${n}`, role: 'viewer', expiresAt: server.clock.now + 86_400_000, password: PASSWORD })
    const authorization = `Bearer ${made.json<{ token: string }>().token}`
    statuses.push((await fetch(url, { signal: stop.signal, headers: { authorization } })).status)
  }
  stop.abort()
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
})

test('a session that is only streamed to ends of being unused, and its stream with it', async () => {
  const tab = await signInAs(server, 'viewer')
  const stream = await fetch(url, { headers: { cookie: tab.cookie } })
  expect(stream.status).toBe(200)
  const rest = stream.text()
  for (let step = 0; step < 3; step += 1) {
    server.clock.now += SESSION_IDLE_MS / 2
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(await rest).toContain('{"reason":"session_ended"}')
  expect((await tab.call('GET', '/operator/v1/account')).statusCode).toBe(401)
})

test('nor does a page that asks by itself keep it, while a hand does', async () => {
  const tab = await signInAs(server, 'viewer')
  const ask = (headers: Record<string, string> = {}) => server.app.inject({ url: '/api/operator/v1/account', headers: { cookie: tab.cookie, ...headers } })
  server.clock.now += SESSION_IDLE_MS - 1000
  expect((await ask()).statusCode).toBe(200)
  server.clock.now += SESSION_IDLE_MS - 1000
  expect((await ask({ 'x-by-itself': '1' })).statusCode).toBe(200)
  server.clock.now += 2000
  expect((await ask()).statusCode).toBe(401)
})
