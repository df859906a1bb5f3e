import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../gate/policies/default.ts'
import type { ObservedVote } from '../observed-vote.ts'
import { Surges } from './surges.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Date.UTC(2026, 10, 21, 12)
const HOT = 7
const ITEMS = [HOT, 8, 9, 10]

let voters = 0
const vote = (itemId: number, at: number): ObservedVote => ({
  projectId: 1, itemId, voter: `v${(voters += 1)}`, at, tier: 'd', value: 1, state: 'c', heldFor: null, platform: undefined, signs: { surge: '*' },
})
/** An ordinary day: a new visitor every two minutes, for one item after the other. */
function day(surges: Surges): void {
  for (let at = NOW - 8 * HOUR; at < NOW; at += 2 * MINUTE) surges.observe(vote(ITEMS[Math.round(at / (2 * MINUTE)) % ITEMS.length] as number, at))
}
const crowd = (surges: Surges, itemId: number, size: number, span: number): void => {
  for (let index = 0; index < size; index += 1) surges.observe(vote(itemId, NOW + (index * span) / size))
}

describe('a surge', () => {
  it('is one item taking the votes of minutes it never took before', () => {
    const surges = new Surges(defaultPolicy.cohorts)
    day(surges)
    crowd(surges, HOT, 50, 8 * MINUTE)
    const found = surges.find(1, HOT, NOW + 8 * MINUTE)
    expect(found?.evidence).toMatchObject({ test: 'surge' })
    expect(found?.since).toBeGreaterThanOrEqual(NOW - 10 * MINUTE)
    expect(found?.since).toBeLessThanOrEqual(NOW)
    expect(surges.find(1, 8, NOW + 8 * MINUTE)).toBeNull()
  })

  it('is none where the whole board is busier: people came for the board', () => {
    const surges = new Surges(defaultPolicy.cohorts)
    day(surges)
    for (const itemId of ITEMS) crowd(surges, itemId, 60, 8 * MINUTE)
    expect(ITEMS.map((itemId) => surges.find(1, itemId, NOW + 8 * MINUTE))).toEqual([null, null, null, null])
  })

  it('is none on the first day of a board, whose favourite nobody knows', () => {
    const surges = new Surges(defaultPolicy.cohorts)
    crowd(surges, HOT, 40, 8 * MINUTE)
    crowd(surges, 8, 20, 8 * MINUTE)
    crowd(surges, 9, 10, 8 * MINUTE)
    expect(surges.find(1, HOT, NOW + 8 * MINUTE)).toBeNull()
  })

  it('takes as many votes as the policy says', () => {
    const surges = new Surges(defaultPolicy.cohorts)
    day(surges)
    crowd(surges, HOT, defaultPolicy.cohorts.surge.leastVotes - 4, 3 * MINUTE)
    expect(surges.find(1, HOT, NOW + 3 * MINUTE)).toBeNull()
  })

  it('begins where it began, however late it is noticed', () => {
    const surges = new Surges(defaultPolicy.cohorts)
    day(surges)
    crowd(surges, HOT, 200, 40 * MINUTE)
    const found = surges.find(1, HOT, NOW + 40 * MINUTE)
    expect(found?.since).toBeLessThanOrEqual(NOW + 5 * MINUTE)
    expect(found?.since).toBeGreaterThan(NOW - HOUR)
  })

  it('is over when it is over', () => {
    const surges = new Surges(defaultPolicy.cohorts)
    day(surges)
    crowd(surges, HOT, 50, 8 * MINUTE)
    expect(surges.find(1, HOT, NOW + 30 * MINUTE, 1e-3)).toBeNull()
  })
})
