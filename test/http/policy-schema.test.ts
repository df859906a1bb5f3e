import { Ajv } from 'ajv'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultPolicy } from '../../server/gate/policies/default.ts'
import { type TestApp, startApp } from '../helpers/app.ts'

let server: TestApp
let accepts: (document: unknown) => boolean

beforeAll(async () => {
  server = await startApp()
  accepts = new Ajv({ strict: false }).compile((await server.app.inject('/policy.schema.json')).json<object>())
})
afterAll(() => server.close())

test('the schema is JSON, and no part of the API’s document', async () => {
  expect((await server.app.inject('/policy.schema.json')).headers['content-type']).toMatch(/^application\/json/)
  expect((await server.app.inject('/openapi.json')).body).not.toContain('policy.schema.json')
})

test('what an editor is told of a policy file is what the server takes: a name, and what differs', () => {
  expect(accepts({ ...defaultPolicy, version: 'whole' })).toBe(true)
  expect(accepts({ version: 'a' })).toBe(true)
  expect(accepts({ $schema: '/policy.schema.json', version: 'a', challenge: { difficulty: 17 }, windows: { voter: { limit: 5 } }, weights: { webdriver: 0 } })).toBe(true)
  expect(accepts({ version: 'a', challenge: null, bands: { 'POST feedback': [] } })).toBe(true)
})

test.each<[string, object]>([
  ['no name', { bucketSeats: 2 }],
  ['an unknown key', { version: 'a', wieghts: {} }],
  ['an unknown key inside', { version: 'a', challenge: { bits: 17 } }],
  ['half a band', { version: 'a', bands: { 'PUT vote': [{ band: 'hold', from: 0.5 }] } }],
  ['27 bits', { version: 'a', challenge: { difficulty: 27 } }],
])('it refuses %s', (_title, document) => expect(accepts(document)).toBe(false))
