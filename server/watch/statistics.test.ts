import { describe, expect, it } from 'vitest'
import { binomialTail } from './statistics.ts'

/** By definition, with every term multiplied out: right, and slow. */
function slowBinomial(k: number, n: number, p: number): number {
  let sum = 0
  for (let i = k; i <= n; i += 1) {
    let term = 1
    for (let j = 0; j < i; j += 1) term *= ((n - j) / (i - j)) * p
    sum += term * (1 - p) ** (n - i)
  }
  return sum
}

describe('binomialTail', () => {
  it('is the sum of its terms', () => {
    for (const n of [1, 2, 7, 30]) {
      for (const p of [0.01, 0.12, 0.45, 0.9]) {
        for (let k = 1; k <= n; k += 1) expect(binomialTail(k, n, p)).toBeCloseTo(slowBinomial(k, n, p), 10)
      }
    }
  })

  it('keeps its sign and its size far out in the tail', () => {
    expect(binomialTail(40, 40, 0.1)).toBeGreaterThan(0.99e-40)
    expect(binomialTail(40, 40, 0.1)).toBeLessThan(1.01e-40)
    expect(binomialTail(5000, 10_000, 0.5)).toBeCloseTo(0.504, 3)
  })

  it('knows its borders', () => {
    expect([binomialTail(0, 5, 0.5), binomialTail(6, 5, 0.5), binomialTail(1, 5, 0), binomialTail(5, 5, 1)]).toEqual([1, 0, 0, 1])
  })
})
