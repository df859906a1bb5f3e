import { expect, it } from 'vitest'
import { backoffMs, isSpent } from './backoff.ts'

const HOUR = 3_600_000

it('doubles up to a quarter of an hour', () => {
  expect([1, 2, 3, 4, 8, 9, 50, 5000].map((attempt) => backoffMs(attempt, 0.5) / 1000)).toEqual([5, 10, 20, 40, 640, 900, 900, 900])
})

it('spreads by a fifth either way', () => expect([backoffMs(1, 0), backoffMs(1, 1)]).toEqual([4000, 6000]))

it('tries a receiver that is away for an hour at least ten times, and one that is away for a day until it is over', () => {
  let now = 0
  let attempts = 0
  const at: number[] = []
  do {
    attempts += 1
    at.push(now)
    now += backoffMs(attempts, 1)
  } while (!isSpent({ attempts, createdAt: 0 }, at.at(-1) ?? 0))
  expect(at.filter((time) => time < HOUR).length).toBeGreaterThan(9)
  expect(at.at(-1)).toBeGreaterThanOrEqual(24 * HOUR)
  expect(at.at(-1)).toBeLessThan(25 * HOUR)
})

it('does not count a day in which this server was away itself', () => {
  expect(isSpent({ attempts: 3, createdAt: 0 }, 48 * HOUR)).toBe(false)
  expect(isSpent({ attempts: 24, createdAt: 0 }, 48 * HOUR)).toBe(true)
})
