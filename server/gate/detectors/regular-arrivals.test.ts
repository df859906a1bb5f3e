import { describe, expect, it } from 'vitest'
import { browsers, humanMouse, humans } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { regularArrivals } from './regular-arrivals.ts'

const found = (gaps: number, variation: number) => regularArrivals.detect({ ...humanMouse, arrivals: known({ gaps, variation }) })

describe('regular-arrivals', () => {
  it.each([
    [8, 0, 1],
    [32, 0.05, 1],
    [32, 0.15, 0],
    [32, 1, 0],
    [7, 0, 0],
    [0, 0, 0],
  ])('finds %i gaps of variation %f worth %i', (gaps, variation, value) => expect(found(gaps, variation)).toEqual({ value }))

  it('rises in a line in between', () => {
    const finding = found(16, 0.1)
    expect('value' in finding ? finding.value : Number.NaN).toBeCloseTo(0.5, 10)
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(regularArrivals.detect(evidence)).toEqual({ value: 0 })
  })

  it('names arrivals as missing when it is absent or could not be found out', () => {
    expect(regularArrivals.detect({ ...humanMouse, arrivals: absent })).toEqual({ missing: 'arrivals' })
    expect(regularArrivals.detect({ ...humanMouse, arrivals: failed('unreadable') })).toEqual({ missing: 'arrivals' })
  })
})
