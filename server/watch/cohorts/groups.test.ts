import { describe, expect, it } from 'vitest'
import type { ObservedVote } from '../observed-vote.ts'
import { Groups } from './groups.ts'

const HOUR = 3_600_000
const vote = (voter: string, itemId: number, given: Partial<ObservedVote> = {}): ObservedVote => ({
  projectId: 1, itemId, voter, at: 1000, tier: 'd', value: 1, state: 'c', heldFor: null, platform: 'windows', signs: { network: '10.0.0.0/24' }, ...given,
})
const counts = (groups: Groups, kind: 'network' | 'core' = 'network', matches = '10.0.0.0/24') => {
  const group = groups.group(1, kind, matches)
  return group === undefined ? undefined : { voters: group.voters, items: Object.fromEntries(group.items) }
}

describe('groups', () => {
  it('count people, not votes, and who wants nothing else', () => {
    const groups = new Groups(100, 24 * HOUR)
    for (const given of [vote('ada', 7), vote('ada', 7), vote('bob', 7), vote('bob', 8)]) groups.observe(given)
    expect(counts(groups)).toEqual({ voters: 2, items: { 7: { voters: 2, only: 1 }, 8: { voters: 1, only: 0 } } })
  })

  it('forget a vote that is taken back, and a group that has nobody left', () => {
    const groups = new Groups(100, 24 * HOUR)
    groups.observe(vote('ada', 7))
    groups.observe(vote('ada', 7, { value: 0 }))
    expect(counts(groups)).toBeUndefined()
    groups.observe(vote('ada', 8))
    expect(counts(groups)).toEqual({ voters: 1, items: { 8: { voters: 1, only: 1 } } })
  })

  it('take somebody who moves along into every group they show up in', () => {
    const groups = new Groups(100, 24 * HOUR)
    groups.observe(vote('ada', 7, { signs: { network: '10.0.0.0/24', core: 'c1' } }))
    groups.observe(vote('ada', 8, { signs: { network: '10.9.9.0/24', core: 'c1' } }))
    expect(counts(groups)).toEqual(counts(groups, 'network', '10.9.9.0/24'))
    expect(counts(groups, 'core', 'c1')).toMatchObject({ voters: 1 })
  })

  it('no longer count the votes of a cohort, and go on counting what else its voters want', () => {
    const groups = new Groups(100, 24 * HOUR)
    for (const voter of ['ada', 'bob']) groups.observe(vote(voter, 7))
    groups.taint(1, 7, ['bob', 'nobody'])
    expect(counts(groups)).toEqual({ voters: 1, items: { 7: { voters: 1, only: 1 } } })
    groups.observe(vote('bob', 8))
    expect(counts(groups)).toEqual({ voters: 2, items: { 7: { voters: 1, only: 1 }, 8: { voters: 1, only: 1 } } })
    groups.observe(vote('bob', 7))
    expect(counts(groups)).toMatchObject({ voters: 2, items: { 7: { voters: 1 } } })
  })

  it('give a voter who shows other signs with every vote a bounded part', () => {
    const groups = new Groups(100, 24 * HOUR)
    for (let index = 0; index < 500; index += 1) groups.observe(vote('eve', 7, { value: index % 2 === 0 ? 1 : 0, signs: { network: '10.0.0.0/24', core: `c${index}` } }))
    groups.observe(vote('eve', 8, { signs: { core: 'last' } }))
    expect(groups.group(1, 'core', 'c0')).toBeUndefined()
    expect(counts(groups, 'core', 'last')).toMatchObject({ voters: 1 })
  })

  it('say what everybody else wants', () => {
    const groups = new Groups(100, 24 * HOUR)
    groups.observe(vote('ada', 7))
    groups.observe(vote('bob', 7, { signs: { network: '10.2.0.0/24' } }))
    groups.observe(vote('eve', 8, { signs: { network: '10.3.0.0/24' } }))
    const group = groups.group(1, 'network', '10.0.0.0/24')
    expect(group && groups.others(1, group, 7)).toEqual({ voters: 2, single: 2, item: 1, only: 1 })
  })

  it('do not let lines of one mind vouch for each other', () => {
    const groups = new Groups(1000, 24 * HOUR)
    for (let line = 0; line < 6; line += 1) {
      for (let index = 0; index < 6; index += 1) groups.observe(vote(`l${line}v${index}`, 7, { signs: { network: `10.${line}.0.0/24` } }))
    }
    for (let index = 0; index < 12; index += 1) groups.observe(vote(`home${index}`, index % 3 + 6, { signs: { network: `20.${index}.0.0/24` } }))
    const group = groups.group(1, 'network', '10.0.0.0/24')
    expect(group && groups.others(1, group, 7)).toEqual({ voters: 12, single: 12, item: 4, only: 4 })
  })

  it('hold no more voters than they may, and none for longer than the horizon', () => {
    const groups = new Groups(50, HOUR)
    for (let index = 0; index < 500; index += 1) groups.observe(vote(`v${index}`, 7, { at: index }))
    expect(groups.size).toBeLessThanOrEqual(51)
    expect(counts(groups)?.voters).toBe(groups.size)
    groups.observe(vote('late', 7, { at: 3 * HOUR }))
    expect(counts(groups)).toEqual({ voters: 1, items: { 7: { voters: 1, only: 1 } } })
  })
})

describe('the others', () => {
  it('are everybody but the group and the lines of one mind, however many of those there are', () => {
    const groups = new Groups(1000, 24 * HOUR)
    let voters = 0
    const cast = (line: number, itemId: number): void => {
      voters += 1
      groups.observe(vote(`v${voters}`, itemId, { signs: { network: `10.0.${line}.0/24` } }))
    }
    // Thirty lines of one mind for the first item, of six each, and ten lines of six people who each want something else.
    for (let line = 0; line < 30; line += 1) for (let n = 0; n < 6; n += 1) cast(line, 1)
    for (let line = 100; line < 110; line += 1) for (let n = 0; n < 6; n += 1) cast(line, n + 1)
    const [suspect, mixed] = ['10.0.3.0/24', '10.0.104.0/24'].map((matches) => groups.group(1, 'network', matches))
    if (suspect === undefined || mixed === undefined) throw new Error('both are groups')
    expect(groups.others(1, suspect, 1)).toEqual({ voters: 60, single: 60, item: 10, only: 10 })
    expect(groups.others(1, mixed, 1)).toEqual({ voters: 54, single: 54, item: 9, only: 9 })
    // Who comes to share the line speaks for another item, and it is of one mind no longer.
    for (let n = 0; n < 6; n += 1) cast(3, 9)
    expect(groups.others(1, suspect, 1)).toEqual({ voters: 60, single: 60, item: 10, only: 10 })
    expect(groups.others(1, mixed, 1)).toEqual({ voters: 66, single: 66, item: 15, only: 15 })
    groups.taint(1, 1, ['v1', 'v2', 'v3', 'v4', 'v5', 'v6'])
    expect(groups.others(1, mixed, 1)).toEqual({ voters: 66, single: 66, item: 15, only: 15 })
  })
})
