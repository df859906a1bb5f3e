import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { SourcesAnswer } from '../../server/contract/pictures.ts'
import { type TestApp, type TestProject, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'
import { recordVote } from '../helpers/recorded-votes.ts'
import { CHROME, Visitor } from '../helpers/visitor.ts'

const DAY = 86_400_000

let server: TestApp
let project: TestProject

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
})
afterAll(() => server.close())
beforeEach(async () => {
  server.clock.now = Math.floor(server.clock.now / DAY) * DAY + 3 * DAY
  project = await server.addProject()
})

async function read(query: string, operator = new Operator(server, server.operators.viewer)): Promise<SourcesAnswer> {
  server.clock.now += 1000
  return expectJson(await operator.call('GET', `/security/v1/sources?${query}`), 200)
}
const vote = (facts: NonNullable<Parameters<typeof recordVote>[2]['facts']>, heldFor: 'score' | null = null) =>
  recordVote(server, project, { itemId: project.items[0], heldFor, facts })

test('countries of votes are those the gate saw, of events those of their addresses; what is not known is said so', async () => {
  await vote({ country: 'DE' })
  await vote({ country: 'DE' }, 'score')
  await vote({ country: 'GB' })
  await vote({ country: null })
  for (const ip of ['8.8.8.8', '8.8.4.4', '192.168.0.9']) await new Visitor(server, { project, ip, origin: 'https://evil.example' }).call('GET', '/board')
  const answer = await read(`by=country&project=${project.key}`)
  expect(answer.sources).toEqual([
    { key: 'DE', label: 'Germany', votes: 2, held: 1, events: 0 }, { key: 'GB', label: 'United Kingdom', votes: 1, held: 0, events: 0 },
    { key: 'US', label: 'United States', votes: 0, held: 0, events: 2 },
  ])
  expect(answer).toMatchObject({ unknown: { votes: 1, held: 0, events: 1 }, others: { votes: 0, held: 0, events: 0 }, total: { votes: 4, held: 1, events: 3 } })
  expect((await read(`by=country&project=${project.key}&sort=events`)).sources.map(({ key }) => key)).toEqual(['US', 'DE', 'GB'])
})

test('autonomous systems have their company’s name where it rents out servers', async () => {
  await vote({ asn: 16_509 })
  await vote({ asn: 3320 })
  const { sources } = await read(`by=asn&project=${project.key}`)
  expect(sources.map(({ key, label }) => [key, label])).toEqual([['16509', 'AS16509 Amazon'], ['3320', 'AS3320']])
})

test('networks are /24 and /48, and past the limit they are others', async () => {
  for (const ipAddress of ['203.0.113.7', '203.0.113.9', '2001:db8:1:2::3', '2001:db8:1:9::4', '2001:db8:1:a::5', '198.51.100.1']) await vote({ ipAddress })
  expect((await read(`by=network&project=${project.key}`)).sources.map(({ key, votes }) => [key, votes])).toEqual([
    ['2001:db8:1::/48', 3], ['203.0.113.0/24', 2], ['198.51.100.0/24', 1],
  ])
  const { sources, others } = await read(`by=network&project=${project.key}&limit=1`)
  expect([sources.length, others.votes]).toEqual([1, 3])
})

test('browsers and platforms are of votes only', async () => {
  await new Visitor(server, { project, userAgent: CHROME }).vote(project.items[0])
  await new Visitor(server, { project, ip: '203.0.113.8', userAgent: 'curl/8.5.0' }).vote(project.items[0])
  const { sources, total } = await read(`by=userAgent&project=${project.key}`)
  expect(sources.map(({ key, label, events }) => [key, label, events])).toEqual([
    ['chrome/windows', 'Chrome on Windows', null], ['other/other', 'Other clients', null],
  ])
  expect(total.events).toBeNull()
})

test('a token of one project sees that one', async () => {
  await vote({ country: 'DE' })
  const bound = new Operator(server, await server.operatorToken('viewer', server.project.id))
  expect((await read('by=country', bound)).total).toEqual({ votes: 0, held: 0, events: 0 })
  expect((await read('by=country')).total).toMatchObject({ votes: 1 })
  expectProblem(await bound.call('GET', `/security/v1/sources?by=country&project=${project.key}`), 404, 'unknown_project')
})

test.each([[''], ['by=item'], ['by=country&limit=0'], ['by=country&sort=label'], ['by=country&since=2&until=1'], ['by=country&since=9999999999999'], ['by=country&project=%00']])(
  'nothing is answered to %s', async (query) => {
    expectProblem(await new Operator(server, server.operators.viewer).call('GET', `/security/v1/sources?${query}`), 400, 'invalid_request')
  })
