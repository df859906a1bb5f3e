import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../gate/policies/default.ts'
import { examine, plausibility } from './examine.ts'
import type { Group } from './group.ts'

const policy = defaultPolicy.cohorts
const ITEM = 7
const group = (voters: number, forItem: number, only: number, given: Partial<Group> = {}): Group => ({
  kind: 'network', matches: '10.0.0.0/24', voters, single: only, items: new Map([[ITEM, { voters: forItem, only }]]), platforms: new Map(), ...given,
})
/** A board with a few hundred voters, of whom four in ten want the item, one in nine nothing else. */
const others = { voters: 300, single: 100, item: 130, only: 33 }

describe('a group is let be', () => {
  it.each([
    ['an office of forty that wants what everybody wants', group(40, 18, 5)],
    ['a family that agrees', group(4, 4, 4)],
    ['a team of seven that all came for one item', group(7, 7, 7)],
    ['an office with a favourite', group(40, 26, 9)],
  ])('%s', (_, people) => {
    expect(examine(people, ITEM, others, policy)).toBeNull()
  })
})

describe('a group is a cohort', () => {
  it('when it wants one item and nothing else', () => {
    expect(examine(group(20, 20, 20), ITEM, others, policy)).toMatchObject({ test: 'focus', voters: 20, onlyItem: 20 })
  })

  it('when it hides behind a second vote each, once it is large enough', () => {
    expect(examine(group(40, 40, 0), ITEM, others, policy)).toMatchObject({ test: 'share', voters: 40, forItem: 40 })
  })

  it('at the chance the policy names and not before', () => {
    const chances = Array.from({ length: 30 }, (_, size) => ({ size, chance: plausibility(group(size, size, size), ITEM, others) }))
    for (const { size, chance } of chances) {
      const expected = size >= policy.leastVoters && chance <= policy.significance
      expect(examine(group(size, size, size), ITEM, others, policy) !== null, `${size} voters`).toBe(expected)
    }
  })

  it('sooner, when one machine says it is several', () => {
    const platforms = new Map([['windows', 5], ['macos', 3], ['ios', 4]])
    const suspects = group(12, 8, 8, { kind: 'core' })
    expect(examine(suspects, ITEM, others, policy)).toBeNull()
    expect(examine({ ...suspects, platforms }, ITEM, others, policy)).toMatchObject({ test: 'focus', platforms: { windows: 5, macos: 3, ios: 4 } })
    expect(examine(group(12, 5, 4, { kind: 'core', platforms }), ITEM, others, policy)).toBeNull()
  })

  it('when clicks agree in every figure, four times', () => {
    expect(examine(group(4, 4, 4, { kind: 'gesture' }), ITEM, others, policy)).toMatchObject({ test: 'identical' })
    expect(examine(group(3, 3, 3, { kind: 'gesture' }), ITEM, others, policy)).toBeNull()
  })
})

describe('a machine’s hash', () => {
  it.each([
    ['tablets that ask for desktop pages', new Map([['ios', 30], ['macos', 9]])],
    ['phones that do', new Map([['android', 30], ['linux', 6]])],
    ['one in ten who spoofs the system', new Map([['windows', 27], ['linux', 3]])],
  ])('may be claimed by %s', (_, platforms) => {
    expect(examine(group(39, 26, 9, { kind: 'core', platforms }), ITEM, others, policy)).toBeNull()
  })
})

describe('a young board', () => {
  it('is no proof of what everybody wants: the first twelve may all have come for one thing', () => {
    expect(examine(group(12, 12, 12), ITEM, { voters: 0, single: 0, item: 0, only: 0 }, policy)).toBeNull()
  })
})

describe('plausibility', () => {
  it('is 1 where there is no group, and small where there is little doubt', () => {
    expect(plausibility(undefined, ITEM, others)).toBe(1)
    expect(plausibility(group(20, 9, 2), ITEM, others)).toBeGreaterThan(0.1)
    expect(plausibility(group(20, 20, 20), ITEM, others)).toBeLessThan(1e-9)
    // One vote each, spread over the board: nobody’s favourite, and nobody’s way to vote.
    expect(plausibility(group(60, 11, 2, { single: 55 }), ITEM, others)).toBeLessThan(1e-9)
  })
})
