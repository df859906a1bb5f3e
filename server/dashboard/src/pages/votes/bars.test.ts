import { describe, expect, it } from 'vitest'
import { barsOf, filledBuckets } from './bars.ts'

const DAY = 86_400_000
const history = (buckets: { at: number; counted: number; held: number; invalidated: number }[]) => ({ since: 0, until: 3 * DAY, bucketMs: DAY, buckets })

describe('stacked bars', () => {
  it('stand on each other and fill the height where most votes are', () => {
    expect(barsOf(history([{ at: 0, counted: 5, held: 5, invalidated: 0 }, { at: 2 * DAY, counted: 0, held: 0, invalidated: 5 }]), 20)).toEqual({
      places: 3,
      parts: [
        { state: 'counted', x: 0, y: 10, height: 10 }, { state: 'held', x: 0, y: 0, height: 10 }, { state: 'invalidated', x: 2, y: 10, height: 10 },
      ],
    })
  })

  it('show one vote among thousands, and never leave the frame', () => {
    const { parts } = barsOf(history([{ at: 0, counted: 9998, held: 1, invalidated: 1 }]), 20)
    expect(parts.map(({ state }) => state)).toEqual(['counted', 'held', 'invalidated'])
    expect(parts.reduce((sum, { height }) => sum + height, 0)).toBeCloseTo(20)
    for (const { y, height } of parts) {
      expect(y).toBeGreaterThanOrEqual(0)
      expect(height).toBeGreaterThan(1)
    }
  })

  it('are none where nothing was cast', () => expect(barsOf(history([]), 20)).toEqual({ places: 3, parts: [] }))
})

it('every bucket of the span is there, in order', () => {
  const one = { at: DAY, counted: 1, held: 0, invalidated: 0 }
  expect(filledBuckets(history([one]))).toEqual([
    { at: 0, counted: 0, held: 0, invalidated: 0 }, one, { at: 2 * DAY, counted: 0, held: 0, invalidated: 0 },
  ])
})
