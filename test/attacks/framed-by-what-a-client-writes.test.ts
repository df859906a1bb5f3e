/**
 * The hole: a rule that answers by itself can be turned on somebody honest, by whoever chooses what it groups by: a header with
 * another’s address, the customer’s own origin, the proxy in front, a fingerprint that thousands share, votes for a rival’s project.
 * Here: an address is the socket’s or vouched for; a response is of its project; a proxy, this host, the project’s own origins and
 * allowed sources are left alone, and what is not done is written down.
 */
import { afterEach, expect, test } from 'vitest'
import { RuleLibrary } from '../../server/watch/language/library.ts'
import { loadRules } from '../../server/watch/language/load.ts'
import { ORIGIN, type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson } from '../helpers/operator.ts'
import { recordVote } from '../helpers/recorded-votes.ts'
import { Visitor, signUserToken } from '../helpers/visitor.ts'

const RULES = (groupBy: string, action: string): string => `
title: Refused
name: refused
logsource: {product: truetally, service: security_events}
detection:
  selection: {eventType: [jwt_validation_failed, origin_mismatch]}
  condition: selection
---
title: Refused often
name: refused-often
level: high
tags: [owasp.api2]
triage: Look.
correlation: {type: event_count, rules: [refused], group-by: [${groupBy}], timespan: 5m, condition: {gt: 5}}
actions:
  - ${action}
`
const BLOCK_ADDRESS = RULES('ipAddress', '{type: block, target: ipAddress, ttl: 1h}')
const VICTIM = '198.51.100.9'

let server: TestApp
afterEach(() => server.close())

async function serve(rules: string | RuleLibrary, options: Parameters<typeof startApp>[0] = {}): Promise<void> {
  server = await startApp({ requestsPerMinute: 100_000, rules: typeof rules === 'string' ? loadRules([{ file: 'test.yaml', text: rules }]) : rules, ...options })
  await look()
}
async function look(): Promise<void> {
  server.clock.now += 500
  await server.app.ledger.flush()
  await server.app.alerts.tick()
}
/** Ten tokens that nobody with the secret signed. */
async function forge(ip: string, headers: Record<string, string> = {}, project: TestProject = server.project): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    const userToken = await signUserToken(server, 'usr_victim', { project, secret: 'x'.repeat(40), claims: { jti: String(turn) } })
    await new Visitor(server, { project, ip }).call('POST', '/sessions', { userToken }, headers)
  }
  await look()
}
const statusOf = async (ip: string, project: TestProject = server.project): Promise<number> => (await new Visitor(server, { project, ip }).start()).statusCode
/** By way of the proxy. */
const through = async (client: string): Promise<number> =>
  (await new Visitor(server, { ip: '10.0.0.1' }).call('POST', '/sessions', {}, { 'x-forwarded-for': client })).statusCode
const responses = async (): Promise<unknown[]> =>
  (await server.app.db.query(`select target, mode, detail ->> 'because' as because from responses order by response_id`)).rows

test('Another’s address in every header a proxy could have set blocks the one who wrote it', async () => {
  await serve(BLOCK_ADDRESS)
  await forge('192.0.2.66', { 'x-forwarded-for': VICTIM, 'x-real-ip': VICTIM, forwarded: `for=${VICTIM}`, 'cf-connecting-ip': VICTIM, 'true-client-ip': VICTIM })
  expect([await statusOf('192.0.2.66'), await statusOf(VICTIM)]).toEqual([403, 201])
})

test('Behind a proxy the invented beginning of the chain frames nobody, and a proxy that says nothing is not blocked itself', async () => {
  await serve(BLOCK_ADDRESS, { trustedProxies: ['10.0.0.0/8'] })
  await forge('10.0.0.1', { 'x-forwarded-for': `${VICTIM}, 192.0.2.66` })
  await forge('10.0.0.1')
  await forge('127.0.0.1')
  expect([await through('192.0.2.66'), await through(VICTIM), await statusOf('10.0.0.1'), await statusOf('127.0.0.1')]).toEqual([403, 201, 201, 201])
  expect(await responses()).toEqual([
    { target: '192.0.2.66', mode: 'enforce', because: null },
    { target: '10.0.0.1', mode: 'log', because: '10.0.0.1 is a proxy of this server' },
    { target: '127.0.0.1', mode: 'log', because: '127.0.0.1 is this host, or one that hides who is behind it' },
  ])
})

test('What somebody does at one customer does not stop an office at another', async () => {
  await serve(BLOCK_ADDRESS)
  const hostile = await server.addProject()
  await forge(VICTIM, {}, hostile)
  expect([await statusOf(VICTIM, hostile), await statusOf(VICTIM)]).toEqual([403, 201])
})

test('The customer’s own origin cannot be made to look like an attacker’s; a stranger’s can', async () => {
  await serve(RULES('origin', '{type: block, target: origin, ttl: 1h}'))
  await forge('192.0.2.66', { origin: ORIGIN })
  for (let turn = 0; turn < 10; turn += 1) await new Visitor(server, { ip: '192.0.2.66', origin: 'https://stranger.example' }).start()
  await look()
  expect(await statusOf(VICTIM)).toBe(201)
  expect(await responses()).toEqual([
    { target: ORIGIN, mode: 'log', because: `${ORIGIN} is one of the project’s own` }, { target: 'https://stranger.example', mode: 'enforce', because: null },
  ])
})

test('An office that is on the list of allowed sources is left alone, whatever somebody does there', async () => {
  await serve(BLOCK_ADDRESS)
  const moderator = new Operator(server)
  expectJson(await moderator.call('POST', '/moderation/v1/allowed-sources', { project: server.project.key, network: `${VICTIM}/32`, reason: 'the office' }), 201)
  await forge(VICTIM)
  expect([await statusOf(VICTIM), await responses()]).toEqual([201, []])
})

test('Whoever shows a fingerprint that others share has votes for that item held, and those of the others go on counting elsewhere', async () => {
  const text = `
title: A vote
name: a-vote
logsource: {product: truetally, service: decisions}
detection:
  selection: {value: 1}
  condition: selection
---
title: One fingerprint too often
name: one-fingerprint
level: high
tags: [owasp.oat-016]
triage: Look.
correlation: {type: event_count, rules: [a-vote], group-by: [itemId, fingerprint, network], timespan: 5m, condition: {gt: 5}}
actions:
  - {type: hold_votes, ttl: 1h}
`
  await serve(text)
  const [first, second] = server.project.items
  const shared = 'c0mm0nfingerprint0000'
  await recordVote(server, server.project, { itemId: first, facts: { ipAddress: VICTIM, network: '198.51.100.0/24', fingerprint: shared } })
  await recordVote(server, server.project, { itemId: second, facts: { ipAddress: '192.0.2.5', network: '192.0.2.0/24', fingerprint: shared } })
  for (let n = 0; n < 8; n += 1) {
    await recordVote(server, server.project, { itemId: first, facts: { ipAddress: `192.0.2.${n}`, network: '192.0.2.0/24', fingerprint: shared } })
  }
  await look()
  const moderator = new Operator(server)
  expect([await moderator.columns(first), await moderator.columns(second)]).toEqual([{ counted: 1, held: 8, invalidated: 0 }, { counted: 1, held: 0, invalidated: 0 }])
})
