/** Whatever is sent: a problem with a stable code, nothing of the inside, CORS exactly for allowed origins, and voting goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LightMyRequestResponse } from 'fastify'
import { mintSession } from '../../server/tokens/session.ts'
import type { EventType, Severity } from '../../server/contract/primitives.ts'
import { ORIGIN, type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem } from '../helpers/visitor.ts'

let app: TestApp
let honest: Visitor
let turn = 0
beforeAll(async () => {
  app = await startApp()
  honest = new Visitor(app, { ip: '198.51.100.20' })
  await honest.start()
})
afterAll(() => app.close())

type Method = 'GET' | 'POST' | 'PUT'
interface Sent {
  method?: Method
  url: string
  payload?: string
  headers?: Record<string, string>
}
interface Case {
  title: string
  status: number
  code: string
  /** Sent by a visitor with a running session on an allowed origin. */
  send(attacker: Visitor): Sent
  event?: [EventType, Severity]
  /** Refused before the project is known: no page can read it. */
  unreadable?: true
}

const vote = (attacker: Visitor, item: string = app.project.items[0]): string => `/api/widget/v1/${attacker.project.key}/items/${item}/vote`
const put = (attacker: Visitor, body: unknown): Sent => ({ method: 'PUT', url: vote(attacker), payload: JSON.stringify(body) })
const ballot = (attacker: Visitor, extra: object): Sent => put(attacker, { value: 1, session: attacker.session, ...extra })
const raw = (payload: string, headers: Record<string, string> = {}) => (attacker: Visitor): Sent => ({ method: 'PUT', url: vote(attacker), payload, headers })
const item = (id: string) => (attacker: Visitor): Sent => ({ ...ballot(attacker, {}), url: vote(attacker, id) })
const letter = (attacker: Visitor, extra: object): Sent => ({
  method: 'POST', url: `/api/widget/v1/${attacker.project.key}/feedback`,
  payload: JSON.stringify({ kind: 'idea', title: 'A title', session: attacker.session, ...extra }),
})
const begin = (attacker: Visitor, body: unknown): Sent => ({ method: 'POST', url: `/api/widget/v1/${attacker.project.key}/sessions`, payload: JSON.stringify(body) })
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const invalid = { status: 400, code: 'invalid_request' } as const
const malformed = { status: 400, code: 'malformed_json' } as const

const CASES: Case[] = [
  ...(['1', true, false, 2, -1, 0.5, null, [1], { value: 1 }, ''] as const).map((value): Case => (
    { title: `the value ${JSON.stringify(value)}`, ...invalid, send: (a) => ballot(a, { value }) })),
  { title: 'no value', ...invalid, send: (a) => put(a, { session: a.session }) },
  { title: 'no session', ...invalid, send: (a) => put(a, { value: 1 }) },
  { title: 'an extra field', ...invalid, send: (a) => ballot(a, { votes: 1000 }) },
  { title: 'an extra signal', ...invalid, send: (a) => ballot(a, { signals: { score: 0 } }) },
  { title: 'a signal out of range', ...invalid, send: (a) => ballot(a, { signals: { pressure: 1e308 } }) },
  { title: 'a signal of another type', ...invalid, send: (a) => ballot(a, { signals: { webdriver: 'false' } }) },
  { title: 'a list for signals', ...invalid, send: (a) => ballot(a, { signals: [] }) },
  { title: 'a fingerprint with a quote', ...invalid, event: ['suspicious_activity', 'low'], send: (a) => ballot(a, { fingerprint: `abcdefgh'--` }) },
  { title: 'a fingerprint with a NUL', ...invalid, send: (a) => ballot(a, { fingerprint: 'abcdefgh\u0000' }) },
  { title: 'a fingerprint of 65 characters', ...invalid, send: (a) => ballot(a, { fingerprint: 'a'.repeat(65) }) },
  { title: 'a solution of 1025 characters', ...invalid, send: (a) => ballot(a, { solution: 'x'.repeat(1025) }) },
  { title: 'a session of 4097 characters', ...invalid, send: (a) => put(a, { value: 1, session: 'x'.repeat(4097) }) },
  { title: 'an empty session', ...invalid, send: (a) => put(a, { value: 1, session: '' }) },
  { title: 'an array for a body', ...invalid, send: raw('[]') },
  { title: 'a text for a body', ...invalid, send: raw('"vote"') },
  { title: 'null for a body', ...invalid, send: raw('null') },
  { title: 'a deeply nested body', ...invalid, send: raw(nested(4000)) },
  { title: 'a deeply nested field', ...invalid, send: (a) => raw(`{"value":1,"session":"${a.session}","signals":${nested(4000)}}`)(a) },
  { title: 'a thousand keys', ...invalid, send: (a) => put(a, Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1]))) },
  { title: 'malformed JSON', ...malformed, send: raw('{"value":1,') },
  { title: 'JSON with a trailing word', ...malformed, send: raw('{"value":1} or 1=1') },
  { title: 'a NUL before the JSON', ...malformed, send: raw('\u0000{}') },
  { title: 'an empty body', ...malformed, send: raw('') },
  { title: 'a __proto__ key', ...malformed, send: (a) => raw(`{"value":1,"session":"${a.session}","__proto__":{"admin":true}}`)(a) },
  { title: 'a constructor.prototype key', ...malformed, send: (a) => raw(`{"value":1,"session":"${a.session}","constructor":{"prototype":{"admin":true}}}`)(a) },
  { title: 'a form', status: 415, code: 'unsupported_media_type', send: raw('value=1', { 'content-type': 'application/x-www-form-urlencoded' }) },
  { title: 'text that is JSON', status: 415, code: 'unsupported_media_type', send: (a) => raw(JSON.stringify({ value: 1, session: a.session }), { 'content-type': 'text/plain' })(a) },
  { title: 'XML', status: 415, code: 'unsupported_media_type', send: raw('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', { 'content-type': 'application/xml' }) },
  { title: 'a content type that is none', status: 415, code: 'unsupported_media_type', send: raw('{}', { 'content-type': '\u00ff;;;' }) },
  { title: 'a megabyte', status: 413, code: 'body_too_large', send: raw(JSON.stringify({ value: 1, session: 'x'.repeat(1_048_576) })) },
  { title: '17 kilobytes', status: 413, code: 'body_too_large', send: raw(JSON.stringify({ value: 1, session: 'x'.repeat(17 * 1024) })) },
  { title: 'an item nobody has', status: 404, code: 'unknown_item', send: item('4242') },
  { title: 'the largest id', status: 404, code: 'unknown_item', send: item('2147483647') },
  { title: 'an id beyond 32 bits', status: 404, code: 'unknown_item', send: item('9999999999') },
  ...['0', '-1', '1e3', 'abc', '01', '1.5', '99999999999', '%00', `1'--`, '%F0%9F%A6%8A', 'NaN', '__proto__'].map((id): Case => (
    { title: `the item id ${id}`, ...invalid, send: item(id) })),
  { title: 'an item id of 201 characters', status: 404, code: 'not_found', unreadable: true, send: item('1'.repeat(201)) },
  { title: 'a URL of eight kilobytes', status: 404, code: 'not_found', unreadable: true, send: (a) => ({ ...ballot(a, {}), url: `${vote(a)}/${'x'.repeat(8192)}` }) },
  { title: 'a broken percent code', status: 404, code: 'not_found', unreadable: true, send: (a) => ({ ...ballot(a, {}), url: vote(a, '%zz') }) },
  { title: 'a method the vote does not have', status: 404, code: 'not_found', unreadable: true, send: (a) => ({ ...ballot(a, {}), method: 'POST' }) },
  { title: 'a session that is garbage', status: 401, code: 'session_invalid', event: ['suspicious_activity', 'low'], send: (a) => put(a, { value: 1, session: 'garbage' }) },
  {
    title: 'a session with lone surrogates and NULs', status: 401, code: 'session_invalid', event: ['suspicious_activity', 'low'],
    send: (a) => put(a, { value: 1, session: '\ud800.\udc00\u0000' }),
  },
  {
    title: 'a session whose project was changed', status: 401, code: 'session_invalid', event: ['suspicious_activity', 'low'],
    send: (a) => {
      const [body = '', mac = ''] = a.session.split('.')
      const changed = Buffer.from(body, 'base64url').toString().replace(/"expiresAt":\d+/, '"expiresAt":9999999999999')
      return put(a, { value: 1, session: `${Buffer.from(changed).toString('base64url')}.${mac}` })
    },
  },
  {
    title: 'a session under another server’s key', status: 401, code: 'session_invalid', event: ['suspicious_activity', 'low'],
    send: (a) => put(a, {
      value: 1,
      session: mintSession(Buffer.alloc(32), {
        projectId: a.project.id, origin: ORIGIN, issuedAt: app.clock.now, expiresAt: app.clock.now + 60_000, device: crypto.randomUUID(), deviceSince: 0,
      }),
    }),
  },
  {
    title: 'a device token for a session', status: 401, code: 'session_invalid', event: ['suspicious_activity', 'low'],
    send: (a) => put(a, { value: 1, session: a.deviceToken }),
  },
  {
    title: 'an expired session', status: 401, code: 'session_expired',
    send: (a) => put(a, {
      value: 1,
      session: mintSession(app.app.keys.session, {
        projectId: a.project.id, origin: ORIGIN, issuedAt: 0, expiresAt: app.clock.now, device: crypto.randomUUID(), deviceSince: 0,
      }),
    }),
  },
  { title: 'feedback without a title', ...invalid, send: (a) => letter(a, { title: undefined }) },
  { title: 'feedback with a blank title', ...invalid, send: (a) => letter(a, { title: ' \t\n\u00a0\u3000' }) },
  { title: 'feedback with nothing but NULs for a title', ...invalid, send: (a) => letter(a, { title: '\u0000\u0000' }) },
  { title: 'feedback with a title of 201 characters', ...invalid, send: (a) => letter(a, { title: 'x'.repeat(201) }) },
  { title: 'feedback with a body of 5001 characters', ...invalid, send: (a) => letter(a, { body: 'x'.repeat(5001) }) },
  { title: 'feedback of an unknown kind', ...invalid, send: (a) => letter(a, { kind: 'spam' }) },
  { title: 'feedback with half an e-mail address', ...invalid, send: (a) => letter(a, { email: 'jane@' }) },
  { title: 'feedback with a header in the e-mail address', ...invalid, send: (a) => letter(a, { email: 'jane@example.com\r\nbcc: all@example.com' }) },
  { title: 'feedback with two e-mail addresses', ...invalid, send: (a) => letter(a, { email: ['a@example.com', 'b@example.com'] }) },
  { title: 'a session with an extra field', ...invalid, send: (a) => begin(a, { admin: true }) },
  { title: 'a session with a number for a token', ...invalid, send: (a) => begin(a, { userToken: 5 }) },
  { title: 'a session with an endless token', ...invalid, send: (a) => begin(a, { deviceToken: 'x'.repeat(4097) }) },
]

async function send(sent: Sent, ip: string): Promise<LightMyRequestResponse> {
  return await app.app.inject({
    method: sent.method ?? 'GET', url: sent.url, remoteAddress: ip,
    headers: { origin: ORIGIN, 'user-agent': 'curl/8', 'content-type': 'application/json', ...sent.headers },
    ...(sent.payload === undefined ? {} : { payload: sent.payload }),
  })
}

test.each(CASES.map((entry, index) => ({ ...entry, index })))('Sending $title answers $status $code, and the next honest vote counts', async (entry) => {
  const ip = `192.0.2.${entry.index + 1}`
  const attacker = new Visitor(app, { ip })
  await attacker.start()
  const answer = await send(entry.send(attacker), ip)

  expectProblem(answer, entry.status, entry.code)
  expect(answer.headers['access-control-allow-origin']).toBe(entry.unreadable ? undefined : ORIGIN)
  expect(answer.headers['cache-control']).toBe('no-store')
  const events = (await readEvents(app, { ip })).map((event) => [event.eventType, event.severity])
  expect(events).toEqual(entry.event === undefined ? [] : [entry.event])

  turn += 1
  const value = turn % 2 === 1 ? 1 : 0
  expect((await honest.vote(app.project.items[2], value)).json()).toMatchObject({ value, votes: value })
  const { rows } = await app.app.db.query('select 1 from votes where project_id = $1 and item_id = $2', [app.project.id, app.project.items[0]])
  expect(rows).toEqual([])
})

test('The same refusals on an origin that is not allowed cannot be read there', async () => {
  const attacker = new Visitor(app, { ip: '192.0.2.250' })
  await attacker.start()
  for (const entry of CASES.filter(({ unreadable }) => !unreadable)) {
    const sent = entry.send(attacker)
    const answer = await send({ ...sent, headers: { ...sent.headers, origin: 'https://rogue.example' } }, '192.0.2.250')
    expect(`${entry.title}: ${answer.statusCode}`).toBe(`${entry.title}: 403`)
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  }
})

test('A refused field is named by a pointer, so that a developer finds it', async () => {
  const answer = await honest.call('PUT', `/items/${app.project.items[0]}/vote`, { value: 1, session: honest.session, signals: { webdriver: 'yes' } })
  expect(answer.json()).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/body/signals/webdriver', detail: 'must be boolean' }] })
})

test('Header text of the attacker’s choice is stored as text, and bounded', async () => {
  const visitor = new Visitor(app, { ip: '192.0.2.251', userAgent: `<img src=x onerror=alert(1)> '; drop table votes; -- ${'A'.repeat(3000)}` })
  expect((await visitor.vote(app.project.items[1])).statusCode).toBe(200)
  const { rows } = await app.app.db.query<{ ua: string }>(`select user_agent as ua from decisions where host(ip_address) = '192.0.2.251'`)
  expect(rows[0]?.ua).toHaveLength(300)
  expect(rows[0]?.ua).toContain('<img src=x')
})
