/**
 * The hole: whoever may add a channel makes this server connect somewhere of their choice: to the machine itself, to its network, to the
 * cloud’s metadata, under any spelling an address has, by a name, or by the answer of a server of theirs.
 * Here: an address is judged by what it is, a name by what it leads to, and a redirect goes nowhere.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { refuseAddress } from '../../server/watch/notifiers/destination.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { aMessage, addChannel, enqueue } from '../helpers/messages.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { type HttpReceiver, receiveHttp } from '../helpers/receivers.ts'

let server: TestApp
/** An admin of one project; and one of the installation, who may allow private addresses, but not these. */
let scoped: Operator
let admin: Operator
let inside: HttpReceiver
beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  scoped = new Operator(server, await server.operatorToken('admin', server.project.id))
  admin = new Operator(server, server.operators.admin)
  inside = await receiveHttp()
})
afterAll(async () => {
  await server.close()
  await inside.close()
})
afterEach(() => {
  if (inside.received.length > 0) throw new Error(`somebody got in: ${inside.received[0]?.url}`)
})

const SPELLINGS = [
  '127.0.0.1', '127.1', '0177.0.0.1', '0x7f.0.0.1', '0x7f000001', '2130706433', '017700000001', '127.0.0.1.', '%31%32%37.0.0.1', '１２７.0.0.1',
  '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]',
  '10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '[fd00::1]', '[fe80::1]', '[fec0::1]', '169.254.169.254', '0.0.0.0', '0', '[::]', '255.255.255.255', '224.0.0.1',
  '240.0.0.1', '198.18.0.1', '192.0.0.192', '[2001:db8::1]', '[ff02::1]', '[100::1]',
]
const URL_KINDS: Record<string, (url: string) => object> = {
  webhook: (url) => ({ url }),
  slack: (url) => ({ url }),
  teams: (url) => ({ url }),
  pagerduty: (url) => ({ url, routingKey: 'R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY00' }),
  sms: (url) => ({ url, method: 'GET' }),
}

let made = 0
const create = (kind: string, settings: object, more: object = {}, by = scoped): ReturnType<Operator['call']> =>
  by.call('POST', '/operator/v1/channels', { kind, name: `channel ${(made += 1)}`, project: server.project.key, settings, ...more })

test.each(Object.keys(URL_KINDS))('No spelling of an address inside is taken as the place of a channel of kind %s', async (kind) => {
  for (const host of SPELLINGS) {
    const answer = await create(kind, URL_KINDS[kind]?.(`https://${host}/x?text={{text}}`.replace(kind === 'sms' ? '' : '?text={{text}}', '')) ?? {})
    expect(`${host} ${answer.statusCode}`).toBe(`${host} 400`)
  }
})

const mailBy = (host: string): object => ({ to: ['a@example.com'], from: 'b@example.com', smtp: { host, port: 25 } })

test('Nor as a mail server; and what is no address is looked up before it is believed', async () => {
  for (const host of SPELLINGS.map((one) => one.replaceAll(/[[\]]/g, ''))) {
    const answer = await create('email', mailBy(host))
    if (answer.statusCode === 400) continue
    const { id } = expectJson<{ id: string }>(answer, 201)
    const tried = await scoped.call('POST', `/operator/v1/channels/${id}/test`)
    expect(`${host} ${tried.statusCode} ${tried.json<{ detail: string }>().detail}`).toMatch(/ 502 .*(?:leads to where it must not|cannot be resolved)/)
  }
})

test('Link-local, metadata and reserved addresses stay out of reach of those who may allow private ones', async () => {
  for (const host of ['169.254.169.254', '[fe80::1]', '168.63.129.16', '100.100.100.200', '[fd00:ec2::254]', '0.0.0.0', '[::]', '[64:ff9b::a9fe:a9fe]', '[::ffff:169.254.169.254]', '224.0.0.1']) {
    const answer = await create('webhook', { url: `http://${host}/latest/meta-data` }, { allowPrivate: true }, admin)
    expect(`${host} ${answer.statusCode}`).toBe(`${host} 400`)
  }
})

test('A name that leads inside is refused when it is used; users, other schemes and templates in the host are no way around', async () => {
  const { port } = new URL(inside.url)
  const { id } = expectJson<{ id: string }>(await create('webhook', { url: `https://localhost:${port}/x` }), 201)
  const answer = await scoped.call('POST', `/operator/v1/channels/${id}/test`)
  expect(`${answer.statusCode} ${answer.body}`).toMatch(/^502 .*leads to where it must not/)
  for (const url of [`https://hooks.example.com@127.0.0.1:${port}/x`, `https://a:b@hooks.example.com/x`, `http://hooks.example.com/x`, 'https://', `https://127.0.0.1:${port}#.example.com`]) {
    expect(`${url} ${(await create('webhook', { url })).statusCode}`).toBe(`${url} 400`)
  }
  for (const url of [`https://{{to}}:${port}/{{text}}`, 'https://x.{{to}}/{{text}}', 'https://hooks.example.com{{to}}/{{text}}']) {
    expect(`${url} ${(await create('sms', { url, to: '127.0.0.1', method: 'GET' })).statusCode}`).toBe(`${url} 400`)
  }
})

test.each([301, 302, 303, 307, 308])('A receiver that answers %i to somewhere inside is not followed', async (status) => {
  const outside = await receiveHttp((_request, reply) => void reply.writeHead(status, { location: `${inside.url}/secret` }).end())
  try {
    const id = await addChannel(server, 'webhook', { url: outside.url })
    await enqueue(server, id, aMessage())
    await server.app.notifications.tick()
    expect(outside.received).toHaveLength(1)
    const { rows } = await server.app.db.query<{ error: string }>('select last_error as error from notifications where channel_id = $1 and dead_at is not null', [id])
    expect(rows[0]?.error).toContain('redirects are not followed')
  } finally {
    await outside.close()
  }
})

test('Who may not allow private addresses cannot move a channel that may reach them', async () => {
  const body = { kind: 'webhook', name: 'inner', project: server.project.key, settings: { url: 'https://hooks.example.com/x' }, allowPrivate: true }
  const { id } = expectJson<{ id: string }>(await admin.call('POST', '/operator/v1/channels', body), 201)
  for (const change of [{ settings: { url: `${inside.url}/x` } }, { allowPrivate: true, settings: { url: `${inside.url}/x` } }]) {
    expect((await scoped.call('PATCH', `/operator/v1/channels/${id}`, change)).statusCode).toBe(403)
  }
})

test.each(['::7f00:1', '::5efe:7f00:1', '4000::1', '8000::1', '1::1'])('%s, which nobody was given, is no place for a channel', (address) => {
  expect(refuseAddress(address, true)).toBeDefined()
})
test.each(['fd20:ce::254', 'fd00:ec2::23'])('%s is metadata', (address) => expect(refuseAddress(address, true)).toBeDefined())

