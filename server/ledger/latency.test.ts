import { expect, test } from 'vitest'
import { LATENCY_BOUNDS_MS, LATENCY_COUNTS, latencyBucket, noLatency, percentileMs } from './latency.ts'

const of = (durations: number[]): number[] => {
  const counts = noLatency()
  for (const duration of durations) counts[latencyBucket(duration)] = (counts[latencyBucket(duration)] ?? 0) + 1
  return counts
}

test('a duration falls under the first bound that is not below it', () => {
  expect([0, 1, 1.01, 20, 2000, 2000.1].map(latencyBucket)).toEqual([0, 0, 1, 4, 10, 11])
  expect(noLatency()).toHaveLength(LATENCY_COUNTS)
})

test('a percentile lies between the bounds its answer fell among', () => {
  const durations = Array.from({ length: 1000 }, (_, n) => (n + 1) / 10)
  for (const share of [0.1, 0.5, 0.9, 0.95, 0.99, 1]) {
    const exact = durations[Math.ceil(share * 1000) - 1] ?? 0
    const estimate = percentileMs(of(durations), share) ?? Number.NaN
    expect(latencyBucket(estimate)).toBe(latencyBucket(exact))
    expect(Math.abs(estimate - exact)).toBeLessThan(1)
  }
})

test('a percentile among the slowest is at least the last bound, and of nothing there is none', () => {
  expect(percentileMs(of([1, 9999]), 0.95)).toBe(LATENCY_BOUNDS_MS.at(-1))
  expect(percentileMs(noLatency(), 0.95)).toBeNull()
  expect(percentileMs([], 0.95)).toBeNull()
})
