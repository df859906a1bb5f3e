import { describe, expect, it } from 'vitest'
import { diffRows as rowsOf, tellingFirst } from './diff.ts'

const diffRows = (before: unknown, after: unknown) => rowsOf(before, after, (at) => new Date(at).toISOString())

describe('a change as rows', () => {
  it('says what a field was and what it is', () => {
    expect(diffRows({ name: 'Shop', origins: ['https://a.example'] }, { name: 'Shop 2', origins: [] })).toEqual([
      { field: 'name', old: 'Shop', next: 'Shop 2' }, { field: 'origins', old: 'https://a.example', next: 'none' },
    ])
  })

  it('leaves a side empty that says nothing, and tells that from a value of null', () => {
    expect(diffRows(null, { reason: 'spam', itemId: null })).toEqual([{ field: 'reason', old: undefined, next: 'spam' }, { field: 'itemId', old: undefined, next: 'none' }])
    expect(diffRows({ expiresAt: null }, null)).toEqual([{ field: 'expiresAt', old: 'none', next: undefined }])
    expect(diffRows({}, {})).toEqual([])
    expect(diffRows(null, null)).toEqual([])
  })

  it('names nested fields by their path, and lists by their parts', () => {
    expect(diffRows(null, { filter: { ip: '203.0.113.7', state: 'counted' }, tallyChanges: [{ itemId: '3', before: 12, after: 9 }], matchers: [{ name: 'rule', value: '*' }] })).toEqual([
      { field: 'filter.ip', old: undefined, next: '203.0.113.7' }, { field: 'filter.state', old: undefined, next: 'counted' },
      { field: 'tallyChanges', old: undefined, next: 'item 3: 12 → 9' }, { field: 'matchers', old: undefined, next: 'name rule value *' },
    ])
  })

  it('shows times as times and figures as figures', () => {
    expect(diffRows({ endsAt: 1_790_000_000_000, groupWaitMs: 10_000, allowPrivate: false }, { endsAt: 1_790_000_000_500, matched: 1_790_000_000_000, allowPrivate: true })).toEqual([
      { field: 'endsAt', old: '2026-09-21T14:13:20.000Z', next: '2026-09-21T14:13:20.500Z' }, { field: 'groupWaitMs', old: '10000', next: undefined },
      { field: 'allowPrivate', old: 'no', next: 'yes' }, { field: 'matched', old: undefined, next: '1790000000000' },
    ])
  })

  it('shows what was cut as a whole', () => {
    expect(diffRows(null, '… 20000 bytes in 5000 fields')).toEqual([{ field: 'detail', old: undefined, next: '… 20000 bytes in 5000 fields' }])
    expect(diffRows({ filter: {} }, null)).toEqual([{ field: 'filter', old: 'none', next: undefined }])
  })

  it('puts first what says most: what went from one value to another, then names and reasons', () => {
    expect(tellingFirst(diffRows({ zeal: 1, kind: 'ip' }, { zeal: 2, kind: 'ip', expiresAt: 1, reason: 'spam', value: '198.51.100.9' })).map(({ field }) => field))
      .toEqual(['zeal', 'kind', 'value', 'reason', 'expiresAt'])
  })
})
