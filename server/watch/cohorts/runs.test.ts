import { describe, expect, it } from 'vitest'
import { lastRun } from './runs.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const every = (from: number, gap: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index * gap)

describe('the last run', () => {
  it('is all of a steady drip, however slow', () => {
    expect(lastRun(every(0, 9 * MINUTE, 40))).toEqual({ since: 0, pauseMs: 72 * MINUTE })
  })

  it('leaves out those who came hours before, at their own pace', () => {
    const people = every(0, 35 * MINUTE, 8)
    expect(lastRun([...every(5 * HOUR, 8000, 60), ...people]).since).toBe(5 * HOUR)
  })

  it('goes on over a coffee break', () => {
    expect(lastRun([...every(0, 8000, 60), ...every(37 * MINUTE, 8000, 60)])).toEqual({ since: 0, pauseMs: 30 * MINUTE })
  })

  it('of one vote is that vote', () => {
    expect(lastRun([7])).toEqual({ since: 7, pauseMs: 30 * MINUTE })
  })
})
