import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readShippedRules } from '../../server/commands/rule-files.ts'
import { readDocuments } from '../../server/watch/language/yaml-documents.ts'
import { type TestApp, startApp } from '../helpers/app.ts'

let server: TestApp
let accepts: (document: unknown) => boolean

beforeAll(async () => {
  server = await startApp()
  accepts = addFormats.default(new Ajv({ strict: false })).compile((await server.app.inject('/rule.schema.json')).json<object>())
})
afterAll(() => server.close())

const detection = {
  title: 'A wrong key', name: 'wrong-key', logsource: { product: 'truetally', service: 'security_events' },
  detection: { selection: { eventType: 'invalid_api_key', 'endpoint|contains': ['vote', 'board'] }, condition: 'selection' },
}
const correlation = {
  title: 'Many wrong keys', name: 'many-wrong-keys', level: 'high', tags: ['owasp.api2'], triage: 'Look at the address.',
  correlation: { type: 'event_count', rules: ['wrong-key'], 'group-by': ['ipAddress'], timespan: '5m', condition: { gt: 10 } },
  actions: [{ type: 'block', target: 'ipAddress', ttl: '30m', backoff: { factor: 2, max: '24h' } }],
}

test('the schema is JSON, and no part of the API’s document', async () => {
  expect((await server.app.inject('/rule.schema.json')).headers['content-type']).toMatch(/^application\/json/)
  expect((await server.app.inject('/openapi.json')).body).not.toContain('rule.schema.json')
})

test('what an editor is told of a rule is what the server takes', async () => {
  expect(accepts(detection)).toBe(true)
  expect(accepts(correlation)).toBe(true)
  const shipped = (await readShippedRules()).flatMap(({ text, file }) => readDocuments(text, file).documents)
  expect(shipped.length).toBeGreaterThan(50)
  expect(shipped.filter(({ value }) => !accepts(value)).map(({ text }) => text)).toEqual([])
})

test.each<[string, object]>([
  ['neither a detection nor a correlation', { title: 'A', name: 'a' }],
  ['both', { ...detection, ...correlation }],
  ['an unknown key', { ...correlation, levle: 'high' }],
  ['an unknown key inside', { ...correlation, correlation: { ...correlation.correlation, timeframe: '5m' } }],
  ['a name that is none', { ...detection, name: 'Wrong Key' }],
  ['a search’s name that is none', { ...detection, detection: { 'A Search': { eventType: 'x' }, condition: 'selection' } }],
  ['a time without a unit', { ...correlation, correlation: { ...correlation.correlation, timespan: '300' } }],
  ['another product', { ...detection, logsource: { product: 'windows', service: 'security_events' } }],
])('it refuses %s', (_title, document) => expect(accepts(document)).toBe(false))
