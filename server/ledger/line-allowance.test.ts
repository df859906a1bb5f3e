import { describe, expect, test } from 'vitest'
import { LineAllowance, nextPick } from './line-allowance.ts'

test('a second has so many lines, and the next one as many again', () => {
  const allowance = new LineAllowance(3)
  expect(Array.from({ length: 5 }, () => allowance.take(1000))).toEqual([true, true, true, false, false])
  expect(allowance.take(1999)).toBe(false)
  expect(allowance.take(2000)).toBe(true)
  expect(allowance.drain()).toBe(3)
  expect(allowance.drain()).toBe(0)
})

describe('the next pick', () => {
  test('is every one, or none', () => {
    for (const random of [0, 0.5, 0.999]) expect([nextPick(1, random), nextPick(0, random)]).toEqual([1, Infinity])
  })
  test('is on the average as far away as the share says, and not always the same', () => {
    const distances = Array.from({ length: 10_000 }, (_, n) => nextPick(0.01, n / 10_000))
    expect(Math.min(...distances)).toBe(1)
    expect(Math.abs(distances.reduce((sum, distance) => sum + distance, 0) / 10_000 - 100)).toBeLessThan(2)
  })
})
