import { describe, expect, it } from 'vitest'
import { usualAmount } from './baseline.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const WEEK = 7 * DAY
/** A Monday, noon. */
const NOON = Date.UTC(2026, 5, 1, 12)
const options = { historyMs: 28 * DAY, spanMs: HOUR }
const hours = (...amounts: [number, number][]): Map<number, number> => new Map(amounts)

describe('usualAmount', () => {
  it('is the mean of the same hour in the weeks before', () => {
    expect(usualAmount(hours([NOON - WEEK, 10], [NOON - 2 * WEEK, 20], [NOON - DAY, 900]), NOON, [], options)).toBe(15)
  })

  it('falls back to the hour of the day while there are fewer than two weeks', () => {
    expect(usualAmount(hours([NOON - DAY, 10], [NOON - 2 * DAY, 20], [NOON - 3 * DAY, 30]), NOON, [], options)).toBe(20)
    expect(usualAmount(hours([NOON - DAY, 10], [NOON - 2 * DAY, 20]), NOON, [], options)).toBeUndefined()
  })

  it('counts an hour without a line, but none before the first', () => {
    expect(usualAmount(hours([NOON - 3 * DAY, 30]), NOON, [], options)).toBe(10)
    expect(usualAmount(hours([NOON - 3 * WEEK, 30]), NOON, [], options)).toBe(10)
  })

  it('knows nothing of what has no history, or lies beyond it', () => {
    expect(usualAmount(hours(), NOON, [], options)).toBeUndefined()
    expect(usualAmount(hours([NOON - 40 * DAY, 5], [NOON - DAY, 10], [NOON - 2 * DAY, 10], [NOON - 3 * DAY, 10]), NOON, [], { ...options, historyMs: 3 * DAY })).toBe(10)
  })

  it('leaves out the hours of an alert', () => {
    const table = hours([NOON - WEEK, 1000], [NOON - 2 * WEEK, 10], [NOON - 3 * WEEK, 20])
    expect(usualAmount(table, NOON, [{ from: NOON - WEEK + 10, until: NOON - WEEK + 20 }], options)).toBe(15)
    expect(usualAmount(table, NOON, [{ from: NOON - WEEK + HOUR, until: NOON - WEEK + 2 * HOUR }], options)).toBeCloseTo(1030 / 3)
  })

  it('is asked for any length of time', () => {
    expect(usualAmount(hours([NOON - WEEK, 60], [NOON - 2 * WEEK, 60]), NOON, [], { ...options, spanMs: 60_000 })).toBe(1)
  })
})
