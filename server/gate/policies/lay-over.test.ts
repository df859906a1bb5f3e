import { expect, it } from 'vitest'
import { layOver } from './lay-over.ts'

const base = { a: { b: 1, c: [1, 2] }, d: null, e: 'text' }

it.each<[string, unknown, unknown]>([
  ['merges objects', { a: { b: 2 } }, { a: { b: 2, c: [1, 2] }, d: null, e: 'text' }],
  ['replaces lists', { a: { c: [3] } }, { a: { b: 1, c: [3] }, d: null, e: 'text' }],
  ['replaces by null, and null', { a: null, d: { f: 1 } }, { a: null, d: { f: 1 }, e: 'text' }],
  ['keeps what the base does not have', { g: 1 }, { ...base, g: 1 }],
  ['replaces the whole by what is no object', 7, 7],
  ['changes nothing for an empty object', {}, base],
])('%s', (_title, partial, expected) => expect(layOver(base, partial)).toEqual(expected))

it('does not reach into prototypes', () => {
  const laid = layOver(base, JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}')) as object
  expect('polluted' in {}).toBe(false)
  expect(Object.keys(laid)).toEqual(expect.arrayContaining(['__proto__', 'constructor']))
})
