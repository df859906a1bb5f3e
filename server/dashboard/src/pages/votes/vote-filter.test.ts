import { describe, expect, it } from 'vitest'
import { FILTER_FIELDS, filterOf, filterWords, fromLocalTime, localTime, noFilter } from './vote-filter.ts'

describe('a filter', () => {
  it('is what the URL says, without what is no part of it', () => {
    expect(filterOf({ tab: 'all', project: 'pk_demo', item: '3', state: 'held', ip: '', asn: '64500', since: '1700000000000', country: undefined }))
      .toEqual({ item: '3', state: 'held', asn: 64_500, since: 1_700_000_000_000 })
  })

  it('leaves what is no number to the server', () => expect(filterOf({ asn: 'x', since: '1e999' })).toEqual({ asn: 'x', since: '1e999' }))

  it('is taken out of the URL as a whole', () => {
    expect(Object.keys(noFilter('select'))).toEqual([...FILTER_FIELDS, 'select'])
    expect(new Set(Object.values(noFilter()))).toEqual(new Set([null]))
  })

  it('is said in words', () => {
    expect(filterWords({ item: '3', state: 'held', heldFor: 'seat', ip: '203.0.113.7' }, () => 'Dark mode'))
      .toBe('on “Dark mode”, held, held for seat, address 203.0.113.7')
    expect(filterWords({ asn: 64_500, country: 'NL' }, String)).toBe('country NL, network operator AS 64500')
  })
})

describe('a time in a field', () => {
  it('comes back to the minute', () => {
    const at = Date.UTC(2026, 6, 5, 12, 34)
    expect(fromLocalTime(localTime(String(at)))).toBe(at)
  })

  it.each([undefined, '', 'x'])('is empty for %j', (text) => expect(localTime(text)).toBe(''))
  it('is nothing where none was given', () => expect(fromLocalTime('')).toBeNull())
})
