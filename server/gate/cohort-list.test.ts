import { describe, expect, it } from 'vitest'
import { COHORT_KINDS, type CohortKind } from '../contract/primitives.ts'
import { type CohortEntry, CohortList, type SpikeEntry, SpikeList } from './cohort-list.ts'

const NOW = 1_700_000_000_000
const SIGNS: Record<CohortKind, string> = {
  machine: 'c0ffee 203.0.113.0/24', network: '203.0.113.0/24',
  prefix: '2001:db8:1::/48',
  fingerprint: 'aabbccdd',
  core: '0123456789abcdef',
  hosting: '*',
  gesture: 'ff00ff00',
  surge: '*',
  users: 'usr_',
}
const cohort = (id: number, kind: CohortKind, matches = SIGNS[kind], more: Partial<CohortEntry> = {}): CohortEntry =>
  ({ id, projectId: 7, kind, matches, itemId: 3, expiresAt: NOW + 1000, ...more })

describe('a cohort', () => {
  it.each([...COHORT_KINDS])('of the kind %s is found by its sign, alone and among others', (kind) => {
    const list = new CohortList([cohort(1, kind)])
    expect(list.find(7, 3, { [kind]: SIGNS[kind] }, NOW)).toBe(1)
    expect(list.find(7, 3, SIGNS, NOW)).toBe(1)
    expect(list.find(7, 3, { [kind]: `${SIGNS[kind]}0` }, NOW)).toBeUndefined()
    expect(list.find(7, 3, { ...SIGNS, [kind]: 'something else' }, NOW)).toBeUndefined()
    expect(list.find(7, 3, {}, NOW)).toBeUndefined()
  })

  it('does not take the value of one kind for that of another', () =>
    expect(new CohortList([cohort(1, 'fingerprint', 'aabbccdd')]).find(7, 3, { core: 'aabbccdd', gesture: 'aabbccdd' }, NOW)).toBeUndefined())

  it('of one item or project is none of another', () => {
    const list = new CohortList([cohort(1, 'core')])
    expect(list.find(7, 4, SIGNS, NOW)).toBeUndefined()
    expect(list.find(8, 3, SIGNS, NOW)).toBeUndefined()
  })

  it('is over the moment it expires, and another one is then found behind it', () => {
    const list = new CohortList([cohort(1, 'network', SIGNS.network, { expiresAt: NOW }), cohort(2, 'core')])
    expect(list.find(7, 3, SIGNS, NOW - 1)).toBe(1)
    expect(list.find(7, 3, SIGNS, NOW)).toBe(2)
  })

  it('of a surge is found by the star and nothing else, and the star finds nothing else', () => {
    const list = new CohortList([cohort(1, 'surge', '*'), cohort(2, 'surge', 'all', { itemId: 4 }), cohort(3, 'hosting', '64500', { itemId: 5 })])
    expect(list.find(7, 3, { surge: '*' }, NOW)).toBe(1)
    expect(list.find(7, 4, { surge: 'all' }, NOW)).toBeUndefined()
    expect(list.find(7, 5, { surge: '*', hosting: '*' }, NOW)).toBeUndefined()
  })
})

describe('an expected spike', () => {
  const spike = (more: Partial<SpikeEntry> = {}): SpikeEntry =>
    ({ projectId: 7, itemId: null, startsAt: NOW, endsAt: NOW + 1000, endedAt: null, ...more })

  it.each<[string, Partial<SpikeEntry>, number, boolean]>([
    ['before it', {}, NOW - 1, false],
    ['at its start', {}, NOW, true],
    ['at its last millisecond', {}, NOW + 999, true],
    ['at its end', {}, NOW + 1000, false],
    ['before it was ended early', { endedAt: NOW + 500 }, NOW + 499, true],
    ['after it was ended early', { endedAt: NOW + 500 }, NOW + 500, false],
    ['ended before it began', { endedAt: NOW - 500 }, NOW, false],
    ['of this item', { itemId: 3 }, NOW, true],
    ['of another item', { itemId: 4 }, NOW, false],
    ['of another project', { projectId: 8 }, NOW, false],
  ])('%s', (_title, more, at, expected) => expect(new SpikeList([spike(more)]).expected(7, 3, at)).toBe(expected))

  it('is found among others, and none is expected where there is none', () => {
    expect(new SpikeList([spike({ itemId: 4 }), spike({ endsAt: NOW + 1 }), spike()]).expected(7, 3, NOW + 5)).toBe(true)
    expect(new SpikeList([]).expected(7, 3, NOW)).toBe(false)
  })
})
