/** What somebody whose request does not fit the schema is told of the part that does not, and where the bare address leads. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, startApp } from '../helpers/app.ts'

let server: TestApp
beforeAll(async () => {
  server = await startApp()
})
afterAll(() => server.close())

test.each<[string, 'GET' | 'POST', string, RegExp]>([
  ['The address is', 'GET', `/problems/${'x'.repeat(65)}`, /^\/params\/code$/],
  ['The query is', 'GET', '/api/security/v1/events?limit=many', /^\/querystring\/limit$/],
  ['The body is', 'POST', '/api/moderation/v1/blocks', /^\/body/],
])('%s not as the schema says: %s %s', async (words, method, url, pointer) => {
  const answer = await server.app.inject({ method, url, headers: { authorization: server.operators.admin }, ...(method === 'POST' ? { payload: {} } : {}) })
  expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_request', detail: `${words} not as the schema says.` })
  expect(answer.json<{ errors: { pointer: string }[] }>().errors[0]?.pointer).toMatch(pointer)
})

test('without a dashboard the bare address is none', async () => {
  expect((await server.app.inject('/')).statusCode).toBe(404)
})
