import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'
import { Operator, expectJson, expectProblem } from '../helpers/operator.ts'

let server: TestApp
let viewer: Operator

beforeAll(async () => {
  server = await startApp({ requestsPerMinute: 100_000 })
  viewer = new Operator(server, server.operators.viewer)
})
afterAll(() => server.close())

const VIEW = { name: 'Forged tokens', path: '/dashboard/events?eventType=jwt_validation_failed&severity=high,critical' }
const views = async (operator: Operator): Promise<{ id: string; name: string; path: string }[]> =>
  expectJson<{ views: { id: string; name: string; path: string }[] }>(await operator.call('GET', '/security/v1/saved-views'), 200).views

test('a view is kept for whoever saved it, once by its name, and forgotten by them only', async () => {
  const made = expectJson<{ id: string }>(await viewer.call('POST', '/security/v1/saved-views', VIEW), 201)
  expect(await views(viewer)).toEqual([{ ...VIEW, id: made.id, createdAt: server.clock.now }])
  expectProblem(await viewer.call('POST', '/security/v1/saved-views', VIEW), 409, 'view_exists')
  const somebody = new Operator(server, server.operators.admin)
  expect(await views(somebody)).toEqual([])
  expectProblem(await somebody.call('DELETE', `/security/v1/saved-views/${made.id}`), 404, 'not_found')
  expect((await viewer.call('DELETE', `/security/v1/saved-views/${made.id}`)).statusCode).toBe(204)
  expect(await views(viewer)).toEqual([])
  expectProblem(await viewer.call('DELETE', `/security/v1/saved-views/${made.id}`), 404, 'not_found')
})

test.each([
  ['a path of another place', { ...VIEW, path: 'https://evil.example/' }], ['a path out of the dashboard', { ...VIEW, path: '/api/security/v1/events' }],
  ['two slashes', { ...VIEW, path: '//evil.example' }], ['a backslash', { ...VIEW, path: '/dashboard/\\evil' }], ['a blank name', { ...VIEW, name: '  ' }],
  ['a name without end', { ...VIEW, name: 'x'.repeat(81) }], ['no path', { name: 'x' }],
])('%s is refused', async (_title, body) => {
  expectProblem(await viewer.call('POST', '/security/v1/saved-views', body), 400, 'invalid_request')
})

test('nobody keeps more than fifty, also when the last are saved at once', async () => {
  const save = (n: number) => viewer.call('POST', '/security/v1/saved-views', { ...VIEW, name: `View ${n}` })
  for (let n = 0; n < 45; n += 1) expectJson(await save(n), 201)
  // As many as there are connections: more would wait for one, and on a busy machine in vain.
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => save(45 + n)))
  const refused = answers.filter(({ statusCode }) => statusCode !== 201)
  expect(refused).toHaveLength(5)
  for (const answer of refused) expectProblem(answer, 409, 'too_many_views')
  expect(await views(viewer)).toHaveLength(50)
})
