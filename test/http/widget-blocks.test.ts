/** A block works at once, on sessions that are running, on every widget endpoint; and a denial by one is no new evidence. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BlockKind } from '../../server/contract/primitives.ts'
import { ORIGIN, type TestApp, type TestProject, blockSource, readEvents, startApp } from '../helpers/app.ts'
import { Visitor, expectProblem, signUserToken } from '../helpers/visitor.ts'

const FINGERPRINT = 'c0ffee00c0ffee00c0ffee00c0ffee00'
const BLOG = 'https://blog.example'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

type Endpoint = 'preflight' | 'board' | 'sessions' | 'vote' | 'feedback'
const ALL: Endpoint[] = ['preflight', 'board', 'sessions', 'vote', 'feedback']

async function statuses(visitor: Visitor, userToken?: string): Promise<Record<Endpoint, number>> {
  const { session, deviceToken, project } = visitor
  const known = { session, fingerprint: FINGERPRINT }
  const answers = {
    preflight: await visitor.call('OPTIONS', '/sessions'),
    board: await visitor.call('GET', '/board'),
    sessions: await visitor.call('POST', '/sessions', { deviceToken, ...(userToken === undefined ? {} : { userToken }) }),
    vote: await visitor.call('PUT', `/items/${project.items[0]}/vote`, { value: 1, ...known }),
    feedback: await visitor.call('POST', '/feedback', { kind: 'idea', title: 'Hello', ...known }),
  }
  for (const answer of Object.values(answers).filter(({ statusCode }) => statusCode >= 400)) {
    expectProblem(answer, 403, 'blocked')
    // The page may read that it is blocked, not by what.
    expect(answer.headers['access-control-allow-origin']).toBe(ORIGIN)
    expect(answer.json()).not.toHaveProperty('detail')
  }
  return Object.fromEntries(Object.entries(answers).map(([name, { statusCode }]) => [name, statusCode])) as Record<Endpoint, number>
}
const OPEN = { preflight: 204, board: 200, sessions: 201, vote: 200, feedback: 201 }
const closed = (...endpoints: Endpoint[]): object => ({ ...OPEN, ...Object.fromEntries(endpoints.map((endpoint) => [endpoint, 403])) })

interface Case {
  title: string
  kind: BlockKind
  value(visitor: Visitor, voter: string): string
  stops: Endpoint[]
  verified?: true
  /** Somebody the block does not mean. */
  neighbour: { ip?: string; origin?: string }
}
const deviceOf = async (project: TestProject): Promise<{ voter: string; device: string }> => {
  const { rows } = await app.app.db.query<{ voter: string; device: string }>('select voter, device from decisions where project_id = $1', [project.id])
  return rows[0] as { voter: string; device: string }
}
const IP = '203.0.113.7'
const CASES: Case[] = [
  { title: 'an address', kind: 'ip', value: () => IP, stops: ALL, neighbour: { ip: '203.0.113.8' } },
  { title: 'an address written as IPv4 in IPv6', kind: 'ip', value: () => `::ffff:${IP}`, stops: ALL, neighbour: { ip: '203.0.113.8' } },
  { title: 'a network', kind: 'network', value: () => '203.0.113.99/25', stops: ALL, neighbour: { ip: '203.0.113.128' } },
  { title: 'a fingerprint', kind: 'fingerprint', value: () => FINGERPRINT, stops: ['vote', 'feedback'], neighbour: {} },
  { title: 'a device', kind: 'device', value: (_visitor, voter) => voter, stops: ['sessions', 'vote', 'feedback'], neighbour: {} },
  { title: 'a user by the id the site knows', kind: 'user', value: () => 'usr_blocked', stops: ['sessions', 'vote', 'feedback'], verified: true, neighbour: {} },
  { title: 'a user by voter id', kind: 'user', value: (_visitor, voter) => voter, stops: ['sessions', 'vote', 'feedback'], verified: true, neighbour: {} },
  { title: 'an origin', kind: 'origin', value: () => ORIGIN, stops: ALL, neighbour: { origin: BLOG } },
]

test.each(CASES)('A block on $title stops a running session at once, and lifting it lets it go on', async ({ kind, value, stops, verified, neighbour }) => {
  const project = await app.addProject({ origins: [ORIGIN, BLOG] })
  const userToken = verified ? await signUserToken(app, 'usr_blocked', { project }) : undefined
  const visitor = new Visitor(app, { project, ip: IP, ...(userToken === undefined ? {} : { userToken }) })
  await visitor.vote(project.items[0], 1, { fingerprint: FINGERPRINT })
  const { voter } = await deviceOf(project)
  const other = new Visitor(app, { project, ...neighbour })
  await other.start()
  expect(await statuses(visitor, userToken)).toEqual(OPEN)

  const id = await blockSource(app, project, kind, value(visitor, voter))
  expect(await statuses(visitor, userToken)).toEqual(closed(...stops))
  // The neighbour has another fingerprint, or none of the blocked traits at all.
  const untouched = await other.call('PUT', `/items/${project.items[1]}/vote`, { value: 1, session: other.session, fingerprint: '0123456789abcdef' })
  expect(untouched.statusCode).toBe(200)
  expect(await readEvents(app, { project: project.key })).toEqual([])

  const lifted = await app.app.inject({
    method: 'DELETE', url: `/api/moderation/v1/blocks/${id}`, query: { project: project.key }, headers: { authorization: app.operators.moderator },
  })
  expect(lifted.statusCode).toBe(204)
  expect(await statuses(visitor, userToken)).toEqual(OPEN)
  expect(await visitor.tally(project.items[0])).toBe(1)
})

test('A block on the project’s key stops everybody on that project and nobody elsewhere', async () => {
  const project = await app.addProject()
  const visitors = [new Visitor(app, { project }), new Visitor(app, { project, ip: '198.51.100.1' })]
  for (const visitor of visitors) await visitor.start()
  await blockSource(app, project, 'api_key', project.key)
  for (const visitor of visitors) expect(await statuses(visitor)).toEqual(closed(...ALL))
  expect((await new Visitor(app).call('GET', '/board')).statusCode).toBe(200)
})

test('A block of one project means nothing on another', async () => {
  const [project, other] = [await app.addProject(), await app.addProject()]
  await blockSource(app, project, 'ip', '192.0.2.50')
  expect((await new Visitor(app, { project, ip: '192.0.2.50' }).start()).statusCode).toBe(403)
  expect((await new Visitor(app, { project: other, ip: '192.0.2.50' }).start()).statusCode).toBe(201)
})

test('A user who is blocked stays blocked on a new device, another network, and through a token in the vote', async () => {
  const project = await app.addProject()
  const userToken = await signUserToken(app, 'usr_persistent', { project })
  await blockSource(app, project, 'user', 'usr_persistent')
  expectProblem(await new Visitor(app, { project, userToken, ip: '198.51.100.3' }).start(), 403, 'blocked')
  expectProblem(await new Visitor(app, { project }).vote(project.items[0], 1, { userToken }), 403, 'blocked')
  const other = await signUserToken(app, 'usr_other', { project })
  expect((await new Visitor(app, { project }).vote(project.items[0], 1, { userToken: other })).statusCode).toBe(200)
})

test('A blocked device cannot go on by signing in', async () => {
  const project = await app.addProject()
  const visitor = new Visitor(app, { project })
  await visitor.vote(project.items[0])
  await blockSource(app, project, 'device', (await deviceOf(project)).device)
  const userToken = await signUserToken(app, 'usr_fresh', { project })
  expectProblem(await visitor.vote(project.items[1], 1, { userToken }), 403, 'blocked')
  expectProblem(await new Visitor(app, { project, userToken, deviceToken: visitor.deviceToken as string }).start(), 403, 'blocked')
})

test('A block ends by itself when its time has come', async () => {
  const project = await app.addProject()
  const visitor = new Visitor(app, { project, ip: '192.0.2.60' })
  await visitor.start()
  await blockSource(app, project, 'ip', '192.0.2.60', app.clock.now + 600_000)
  const opened = app.clock.now
  app.clock.now = opened + 599_999
  const before = await visitor.vote(project.items[0])
  app.clock.now = opened + 600_000
  const after = await visitor.vote(project.items[0])
  app.clock.now = opened
  expectProblem(before, 403, 'blocked')
  expect(after.statusCode).toBe(200)
})

test('A block on an address is not passed by writing it as IPv6', async () => {
  const project = await app.addProject()
  await blockSource(app, project, 'ip', '192.0.2.70')
  expect((await new Visitor(app, { project, ip: '::ffff:192.0.2.70' }).start()).statusCode).toBe(403)
  await blockSource(app, project, 'network', '2001:db8:7::/48')
  expect((await new Visitor(app, { project, ip: '2001:db8:7:ffff::1' }).start()).statusCode).toBe(403)
  expect((await new Visitor(app, { project, ip: '2001:db8:8::1' }).start()).statusCode).toBe(201)
})
