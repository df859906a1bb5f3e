/**
 * The hole: only votes counted the /48. Whoever rents one has 65 536 networks, and had the limit of each: 1200 letters, 1500 guesses at
 * operator tokens in a minute, with nothing in their way.
 * Here: a /48 may three times what one of its networks may, and guesses three times those that stop a network. Its neighbours are others.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem } from '../helpers/visitor.ts'

const PER_NETWORK = 20
const NETWORKS = 40

let app: TestApp
beforeAll(async () => {
  app = await startApp({ requestsPerMinute: PER_NETWORK })
})
afterAll(() => app.close())

/** An address of the n-th network of a /48. */
const addressIn = (prefix: string, n: number): string => `2001:db8:${prefix}:${(n % NETWORKS + 0x100).toString(16)}::1`
const startAt = async (ip: string) => await new Visitor(app, { ip }).start()
const write = async (prefix: string, turn: number) =>
  await new Visitor(app, { ip: addressIn(prefix, turn) }).call('POST', '/feedback', { kind: 'idea', title: `Letter ${turn}`, session: 'none' })
const knock = async (authorization: string, ip: string, url = '/api/operator/v1/projects') =>
  await app.app.inject({ url, remoteAddress: ip, headers: { authorization } })
const guess = async (network: number, turn: number): Promise<number> =>
  (await knock(`Bearer ttop_guess_82_${turn}`, `2001:db8:82:${network}::1`, '/metrics')).statusCode
const askHead = async (turn: number) => await app.app.inject({ method: 'HEAD', url: '/openapi.json', remoteAddress: addressIn('7e', turn) })
/** How often each status was the answer. */
async function tally(times: number, ask: (turn: number) => Promise<{ statusCode: number }>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (let turn = 0; turn < times; turn += 1) {
    const { statusCode } = await ask(turn)
    counts[statusCode] = (counts[statusCode] ?? 0) + 1
  }
  return counts
}

test('Sessions through forty networks of one /48 are limited, and its neighbour is not', async () => {
  expect(await tally(100, (turn) => startAt(addressIn('77', turn)))).toEqual({ 201: 3 * PER_NETWORK, 429: 100 - 3 * PER_NETWORK })
  const refused = await startAt(addressIn('77', 0))
  expectProblem(refused, 429, 'rate_limited')
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(await readEvents(app, { eventType: 'rate_limit_exceeded' })).toEqual(expect.arrayContaining([expect.objectContaining({
    detail: { kind: 'route-prefix', network: '2001:db8:77::/48' },
    metadata: expect.objectContaining({ errorMessage: 'Too many requests from one IPv6 /48' }) as object,
  })]))
  expect(await tally(40, (turn) => startAt(addressIn('78', turn)))).toEqual({ 201: 40 })
})

test('Feedback has three times its own figure, whatever devices it comes from', async () => {
  expect(await tally(200, (turn) => write('79', turn))).toEqual({ 401: 180, 429: 20 })
  expect(await tally(5, (turn) => write('7a', turn))).toEqual({ 401: 5 })
})

test('Reading is limited as well, in the lane in front of the routes and behind it', async () => {
  const now = app.clock.now
  const read = (turn: number): boolean => app.app.routeLimits.countRead(app.project.id, addressIn('7b', turn), `2001:db8:7b:${(turn % NETWORKS + 0x100).toString(16)}::/64`, now)
  expect(Array.from({ length: 80 }, (_, turn) => read(turn)).filter(Boolean)).toHaveLength(3 * PER_NETWORK)
  expect((await new Visitor(app, { ip: addressIn('7b', 39) }).call('GET', '/board')).statusCode).toBe(429)
  expect((await new Visitor(app, { ip: addressIn('7c', 39) }).call('GET', '/board')).statusCode).toBe(200)
})

test('What one network asks past its own limit is not held against the others of its /48, nor are they offenders for what all did', async () => {
  expect(await tally(90, () => startAt('2001:db8:7d:1::1'))).toEqual({ 201: PER_NETWORK, 429: 90 - PER_NETWORK })
  expect(await tally(40, (turn) => startAt(addressIn('7d', turn)))).toEqual({ 201: 40 })
  for (let second = 0; second < 70; second += 1) {
    app.clock.now += 1000
    expect((await startAt('2001:db8:7d:9::1')).statusCode).toBe(429)
  }
  await app.app.responses.settled()
  expect(app.app.blocks.find(0, { ip: '2001:db8:7d:9::1' }, app.clock.now, 'writes')).toBeUndefined()
})

test('A request for the head of a page counts once', async () => {
  expect(await tally(80, askHead)).toEqual({ 200: 3 * PER_NETWORK, 429: 20 })
})

test('Thirty guesses at operator tokens stop the /48 where operators come in; votes, neighbours and who was there before go on', async () => {
  const known = app.operators.admin
  expect((await knock(known, addressIn('80', 1))).statusCode).toBe(200)
  expect(await tally(50, (turn) => knock(`Bearer ttop_guess_80_${turn}`, addressIn('80', turn)))).toEqual({ 401: 30, 403: 20 })
  await app.app.responses.settled()
  const fresh = await app.operatorToken('admin')
  expectProblem(await knock(fresh, '2001:db8:80:ffff::1'), 403, 'blocked')
  expect((await knock(known, '2001:db8:80:ffff::1')).statusCode).toBe(200)
  expect((await new Visitor(app, { ip: '2001:db8:80:ffff::1' }).vote(app.project.items[0])).statusCode).toBe(200)
  expect((await knock(fresh, '2001:db8:81:ffff::1')).statusCode).toBe(200)
  const { rows } = await app.app.db.query('select kind, matches, covers, actor, reason from blocks')
  expect(rows).toEqual([{
    kind: 'network', matches: '2001:db8:80::/48', covers: 'operator', actor: 'rule:operator_token',
    reason: '30 different guesses at operator tokens, sign-ins or signatures of monitors within 5 minutes',
  }])
  app.clock.now += 60_000
  expect((await knock(fresh, '2001:db8:80:fffe::1')).statusCode).toBe(200)
})

test('Nine from each of three networks stop nobody; the tenth of a network stops that one', async () => {
  for (let turn = 0; turn < 27; turn += 1) expect(await guess(turn % 3 + 1, turn)).toBe(401)
  expect(await guess(1, 27)).toBe(401)
  expect(await guess(1, 28)).toBe(403)
  expect(await guess(2, 29)).toBe(401)
})
