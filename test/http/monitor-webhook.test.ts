import { createHmac, randomUUID } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { expectProblem } from '../helpers/operator.ts'

const SECRET = `whsec_${Buffer.from('a secret that monitors and we share').toString('base64')}`
const DOWN = { status: 'down', target: 'https://votes.example.com/healthz', message: 'HTTP 502', latencyMs: 1234 }
const MINUTE = 60_000

let server: TestApp
beforeEach(async () => {
  server = await startApp({ monitorSecret: SECRET })
})
afterEach(() => server.close())

interface Sent {
  name?: string
  id?: string
  at?: number
  secret?: string
  signature?: string
  ip?: string
  headers?: Record<string, string>
}
async function send(report: unknown, { name = 'uptime', id = randomUUID(), at = server.clock.now, secret = SECRET, ip = '198.51.100.7', ...sent }: Sent = {}): Promise<LightMyRequestResponse> {
  const payload = typeof report === 'string' ? report : JSON.stringify(report)
  const timestamp = String(Math.floor(at / 1000))
  const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${id}.${timestamp}.${payload}`).digest('base64')
  return await server.app.inject({
    method: 'POST', url: `/api/security/v1/monitors/${name}`, remoteAddress: ip, payload,
    headers: {
      'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': sent.signature ?? `v1,${mac}`, ...sent.headers,
    },
  })
}
const told = async () => (await readEvents(server)).map(({ eventType, severity, count, detail }) => ({ eventType, severity, count, detail }))

describe('A signed report', () => {
  test('is an event, without any operator token', async () => {
    expect((await send(DOWN)).statusCode).toBe(204)
    expect(await readEvents(server)).toMatchObject([{
      eventType: 'suspicious_activity', severity: 'high', projectId: null, timestamp: server.clock.now,
      detail: { kind: 'monitor', monitor: 'uptime', state: 'down', target: DOWN.target, message: 'HTTP 502', latencyMs: 1234 },
      metadata: { endpoint: 'POST /api/security/v1/monitors/{name}', ipAddress: '198.51.100.7' },
    }])
    for (const status of ['slow', 'up']) expect((await send({ status }, { name: `of-${status}` })).statusCode).toBe(204)
    expect((await told()).map(({ severity, detail }) => [detail['state'], severity]).toSorted()).toEqual([['down', 'high'], ['slow', 'medium'], ['up', 'low']])
  })

  test('that comes again is taken again, and told once', async () => {
    const id = randomUUID()
    for (let turn = 0; turn < 3; turn += 1) expect((await send(DOWN, { id })).statusCode).toBe(204)
    expect(await told()).toMatchObject([{ count: 1 }])
    server.clock.now += 5 * MINUTE
    expect((await send(DOWN, { id, at: server.clock.now - 5 * MINUTE })).statusCode).toBe(204)
    expect(await told()).toHaveLength(1)
    expect((await send(DOWN)).statusCode).toBe(204)
    expect(await told()).toHaveLength(2)
  })

  test('of another time is refused, and no guess at the secret', async () => {
    for (const at of [server.clock.now - 5 * MINUTE - 1000, server.clock.now + 5 * MINUTE + 1000]) {
      for (let turn = 0; turn < 10; turn += 1) expectProblem(await send(DOWN, { at }), 401, 'signature_invalid')
    }
    expect(await told()).toMatchObject([{ eventType: 'invalid_api_key', count: 20, detail: { kind: 'monitor', monitor: 'uptime' } }])
    expect((await send(DOWN)).statusCode).toBe(204)
  })

  test.each<[string, unknown, Sent, number, string]>([
    ['an unknown status', { status: 'fine' }, {}, 400, 'invalid_request'],
    ['no status', {}, {}, 400, 'invalid_request'],
    ['another field', { ...DOWN, extra: 1 }, {}, 400, 'invalid_request'],
    ['no object', [], {}, 400, 'invalid_request'],
    ['a name in capitals', DOWN, { name: 'UPTIME' }, 400, 'invalid_request'],
    ['half a body', '{"status":', {}, 400, 'malformed_json'],
    ['no body', '', {}, 400, 'malformed_json'],
    ['text', DOWN, { headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
    ['too much', { status: 'up', message: 'x'.repeat(9000) }, {}, 413, 'body_too_large'],
  ])('with %s is refused for that', async (_, report, sent, status, code) => {
    expectProblem(await send(report, sent), status, code)
    expect(await told()).toEqual([])
  })

  test('bears hostile text harmlessly', async () => {
    expect((await send({ status: 'down', target: '\u0000\u001b[31m\u202e<script>', message: '\ud800' })).statusCode).toBe(204)
    expect(await told()).toMatchObject([{ detail: { target: '[31m<script>', message: '\ufffd' } }])
  })
})

describe('A wrong signature', () => {
  test.each<[string, Sent]>([
    ['of another secret', { secret: `whsec_${'A'.repeat(32)}` }], ['that is no base64', { signature: 'v1,***' }], ['of another version', { signature: 'v2,AAAA' }],
  ])('%s is refused, without saying more, and is an event', async (_, sent) => {
    expectProblem(await send(DOWN, sent), 401, 'signature_invalid')
    expect(await told()).toEqual([{ eventType: 'invalid_api_key', severity: 'medium', count: 1, detail: { kind: 'monitor', monitor: 'uptime' } }])
  })

  test('is told apart from none at all, which is no event', async () => {
    const answer = await server.app.inject({ method: 'POST', url: '/api/security/v1/monitors/uptime', payload: DOWN })
    expectProblem(answer, 401, 'signature_invalid')
    expect(answer.json()).toMatchObject({ detail: 'Send webhook-id, webhook-timestamp and webhook-signature.' })
    expect(await told()).toEqual([])
  })

  test('over a body that was changed on its way is one', async () => {
    const id = randomUUID()
    const timestamp = String(server.clock.now / 1000)
    const mac = createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64')).update(`${id}.${timestamp}.${JSON.stringify({ status: 'down' })}`).digest('base64')
    expectProblem(await send({ status: 'up' }, { id, signature: `v1,${mac}` }), 401, 'signature_invalid')
  })

  test('ten times over stops the guesser, and nobody else', async () => {
    const guess = async (turn: number): Promise<number> =>
      (await send(DOWN, { signature: `v1,${Buffer.alloc(32, turn).toString('base64')}`, ip: '203.0.113.9' })).statusCode
    for (let turn = 0; turn < 10; turn += 1) expect(await guess(turn)).toBe(401)
    await server.app.responses.settled()
    expect(await guess(11)).toBe(403)
    expect((await send(DOWN, { ip: '203.0.113.9' })).statusCode).toBe(403)
    expect((await send(DOWN)).statusCode).toBe(204)
  })
})

test('It counts its own requests: sixty a minute and network', async () => {
  const statuses: number[] = []
  for (let turn = 0; turn < 61; turn += 1) statuses.push((await send({ status: 'up' })).statusCode)
  expect([statuses.filter((status) => status === 204).length, statuses.at(-1)]).toEqual([60, 429])
  expect((await server.app.inject({ url: '/api/security/v1/events', remoteAddress: '198.51.100.7', headers: { authorization: server.operators.viewer } })).statusCode).toBe(200)
})

test('Without a secret there is nothing there, whoever asks', async () => {
  const other = await startApp({ databaseUrl: server.databaseUrl })
  try {
    const answer = await other.app.inject({ method: 'POST', url: '/api/security/v1/monitors/uptime', payload: DOWN, headers: { authorization: other.operators.admin } })
    expectProblem(answer, 404, 'not_found')
  } finally {
    await other.close()
  }
})
