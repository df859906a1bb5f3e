import { describe, expect, it } from 'vitest'
import { nearLimit } from './near-limit.ts'

describe('nearLimit', () => {
  it.each([
    [0, 100, 0],
    [1, 100, 0],
    [50, 100, 0],
    [60, 100, 0.2],
    [75, 100, 0.5],
    [100, 100, 1],
    [100_000, 100, 1],
    [1, 1, 1],
    [1, 0, 1],
  ])('%i of %i is %f', (count, limit, share) => {
    expect(nearLimit({ count, limit, windowMs: 60_000 })).toBeCloseTo(share, 10)
  })
})
