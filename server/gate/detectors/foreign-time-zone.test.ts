import { describe, expect, it } from 'vitest'
import { abroad, browsers, humanMouse, humans } from '../evidence.fixture.ts'
import { type Evidence, absent, failed, known } from '../evidence.ts'
import { foreignTimeZone } from './foreign-time-zone.ts'

const at = (country: string, timezoneOffset: number, change: Partial<Evidence> = {}) =>
  foreignTimeZone.detect({ ...humanMouse, country: known(country), timezoneOffset: known(timezoneOffset), timeZone: absent, ...change })

describe('foreign-time-zone', () => {
  it.each([
    ['DE', -60, 0],
    ['DE', -120, 0],
    ['DE', -180, 0],
    ['DE', -480, 1],
    ['DE', 300, 1],
    ['US', 480, 0],
    ['US', -60, 1],
    ['TH', -60, 1],
    ['JP', -480, 0],
  ])('finds an address in %s with clocks at %i minutes worth %i', (country, offset, value) => expect(at(country, offset)).toEqual({ value }))

  it('rises with the distance', () => expect(at('DE', -270)).toEqual({ value: 0.5 }))

  it('believes a zone of the country by its name', () =>
    expect(at('DE', -600, { timeZone: known('Europe/Berlin') })).toEqual({ value: 0 }))

  it('says nothing of a clock at 0, which privacy browsers show everywhere', () => expect(at('NZ', 0)).toEqual({ value: 0 }))

  it('leaves a data centre to hosting-network: a VPN is not counted twice', () => {
    expect(at('US', -60, { hosting: known(true) })).toEqual({ value: 0 })
    expect(foreignTimeZone.detect(abroad.vpnAbroad)).toEqual({ value: 0 })
    expect(foreignTimeZone.detect(abroad.traveller)).toEqual({ value: 1 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(foreignTimeZone.detect(evidence)).toEqual({ value: 0 })
  })

  it('names country and timezoneOffset as missing when they are absent or could not be found out', () => {
    expect(foreignTimeZone.detect({ ...humanMouse, country: absent })).toEqual({ missing: 'country' })
    expect(foreignTimeZone.detect({ ...humanMouse, country: failed('no data') })).toEqual({ missing: 'country' })
    expect(foreignTimeZone.detect({ ...humanMouse, timezoneOffset: absent })).toEqual({ missing: 'timezoneOffset' })
    expect(at('ZZ', -60)).toEqual({ missing: 'country' })
  })
})
