/**
 * The hole: rules become SQL, and whoever may add a file to the rules directory, or only talks somebody into adding one, writes into
 * it what a database would run, what a regular expression never gets done with, or numbers no window has.
 * Here: names are of a closed list, values are parameters, and what cannot be is a load error; what loads changes nothing but alerts.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DocumentError } from '../../server/document-faults.ts'
import { loadRules } from '../../server/watch/language/load.ts'
import { type TestApp, startApp } from '../helpers/app.ts'
import { insertLines } from '../helpers/ledger-lines.ts'

interface Parts {
  selection?: string
  correlation?: string
  rest?: string
}
const fileOf = ({ selection = '{eventType: origin_mismatch}', correlation = 'type: event_count, group-by: [origin], timespan: 5m, condition: {gte: 1}', rest = '' }: Parts): string => `
title: A line
name: a-line
logsource: {product: truetally, service: security_events}
detection:
  selection: ${selection}
  condition: selection
---
title: A rule
name: a-rule
level: low
tags: [owasp.api8]
triage: Look.
correlation: {rules: [a-line], ${correlation}}
${rest}
`
const DROP = `'; drop table votes; --`
const group = (fields: string): string => `type: event_count, group-by: [${fields}], timespan: 5m, condition: {gte: 1}`

test.each<[string, Parts]>([
  ['a field', { selection: `{"origin) is null or (select pg_sleep(9)) is null --": x}` }],
  ['a field of an event’s detail', { selection: `{"detail.x' = ''; drop table votes; --": x}` }],
  ['a field of an event’s detail with a quote in it', { selection: `{"detail.x'": x}` }],
  ['a modifier', { selection: `{"origin|contains') or true --": x}` }],
  ['a group', { correlation: group(`"origin, (select secret from projects)"`) }],
  ['a group within an event’s detail', { correlation: group(`"detail.a' || (select 1) || '"`) }],
  ['the field that is counted', { correlation: `type: value_count, group-by: [origin], timespan: 5m, condition: {field: "origin) from votes --", gte: 1}` }],
  ['the name of an alias', { correlation: `${group('"k0; drop table votes"')}, aliases: {"k0; drop table votes": {a-line: origin}}` }],
  ['a bound', { correlation: `type: event_count, timespan: 5m, condition: {gte: "1; drop table votes"}` }],
  ['a time', { correlation: `type: event_count, timespan: "5m'; drop table votes; --", condition: {gte: 1}` }],
  ['a time without an end', { correlation: 'type: event_count, timespan: 999999d, condition: {gte: 1}' }],
  ['a bound that nothing is above', { correlation: 'type: event_count, timespan: 5m, condition: {gt: 5, lt: 5}' }],
  ['a regular expression that explodes', { selection: `{origin|re: '(a+)+$'}` }],
  ['a regular expression that looks around', { selection: `{origin|re: '(?=.*a)(?=.*b)'}` }],
  ['a regular expression that repeats without end', { selection: `{origin|re: '(.{1,100}){1,100}'}` }],
  ['a network', { selection: `{ipAddress|cidr: "10.0.0.0/8' or true --"}` }],
  ['an address', { selection: `{ipAddress: "1.2.3.4'::inet or true --"}` }],
  ['the number of a row', { selection: `{projectId: "1 or true"}` }],
  ['an action on everything', { rest: 'actions: [{type: hold_votes, ttl: 1h}]' }],
  ['an action without an end', { rest: 'actions: [{type: block, target: origin, ttl: 9999d}]' }],
  ['an action of its own', { rest: 'actions: [{type: run, target: origin, ttl: 1h}]' }],
  ['a YAML alias that grows', { rest: `references: &a [x, x]\nfalsepositives: [*a, *a]` }],
  ['a key of JavaScript', { rest: '__proto__: {level: critical}' }],
])('%s is a load error', (_what, parts) => {
  expect(() => loadRules([{ file: 'hostile.yaml', text: fileOf(parts) }])).toThrow(expect.objectContaining<Partial<DocumentError>>({ name: 'DocumentError', message: expect.stringMatching(/^hostile\.yaml:\d+: /) as string }))
})

const HARMLESS: Parts[] = [
  { selection: `{origin: "${DROP}"}` }, { selection: `{origin|contains: "${DROP}"}` }, { selection: `{origin|contains|all: ["%", "_", "\\\\", "${DROP}"]}` },
  { selection: `{origin|startswith: "\\\\' or 1=1 --"}` }, { selection: `{errorMessage|re: "'; drop table votes"}` }, { selection: `{detail.x: "${DROP}"}` },
  { selection: `{detail.x|gte: 1}` }, { selection: `{count|gte: 1e308}` }, { selection: `{origin: "$1"}` },
  { correlation: group('detail.constructor, detail.x') },
]
let server: TestApp
beforeAll(async () => {
  const texts = HARMLESS.map((parts, n) => fileOf(parts).replaceAll('a-line', `line-${n}`).replaceAll('a-rule', `rule-${n}`))
  server = await startApp({ rules: loadRules([{ file: 'odd.yaml', text: [...texts, fileOf({})].join('\n---\n') }]) })
  await server.app.alerts.tick()
})
afterAll(() => server.close())

test('What looks like SQL in a value is a value: it matches itself, nothing is run, and no other rule is held up', async () => {
  const line = { at: 0, project: server.project.id, eventType: 'origin_mismatch', ipAddress: '192.0.2.1' }
  await insertLines(server.app.db, server.clock.now, [
    { ...line, origin: DROP, errorMessage: DROP, detail: { x: DROP, constructor: 'a' } }, { ...line, origin: 'https://other.example', detail: { x: '1e400' } },
  ])
  server.clock.now += 500
  await server.app.alerts.tick()
  const { rows } = await server.app.db.query<{ rule: string; groups: string[] }>(
    `select rule, json_agg(group_by ->> 'origin' order by group_by ->> 'origin') as groups from alerts group by rule order by rule`)
  const found = Object.fromEntries(rows.map(({ rule, groups }) => [rule, groups]))
  expect(found['a-rule']).toEqual([DROP, 'https://other.example'])
  for (const rule of ['rule-0', 'rule-1', 'rule-4', 'rule-5']) expect([rule, found[rule]]).toEqual([rule, [DROP]])
  for (const rule of ['rule-2', 'rule-3', 'rule-6', 'rule-7', 'rule-8']) expect([rule, found[rule]]).toEqual([rule, undefined])
  const { rows: [there] } = await server.app.db.query<{ votes: string | null }>(`select to_regclass('votes')::text as votes`)
  expect(there?.votes).toBe('votes')
})

const aDetection = (name: string): string => `title: A line\nname: ${name}\nlogsource: {product: truetally, service: security_events}\ndetection:\n  selection: {eventType: origin_mismatch}\n  condition: selection\n---\n`

test.each(['minimum: .inf', 'minimum: 1e999', 'condition: {field: x, gt: .nan}'])('%s is a load error', (odd) => {
  const condition = odd.startsWith('condition') ? 'condition: {gt: .nan}\n  minimum: 3' : `condition: {gt: 0.5}\n  ${odd}`
  const text = `${aDetection('a-line')}${aDetection('b-line')}title: A rule\nname: a-rule\nlevel: low\ntags: [owasp.api8]\ntriage: Look.\ncorrelation:\n  type: event_ratio\n  rules: [a-line, b-line]\n  timespan: 5m\n  ${condition}\n`
  expect(() => loadRules([{ file: 'x.yaml', text }])).toThrow('x.yaml')
})

