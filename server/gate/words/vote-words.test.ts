import { describe, expect, it } from 'vitest'
import { COHORT_KINDS, HELD_FOR } from '../../contract/primitives.ts'
import { type ToldVote, cohortWords, creditsOf, holdWords, reasonsOf } from './vote-words.ts'

const vote = (more: Partial<ToldVote> = {}): ToldVote =>
  ({ tier: 'device', heldFor: null, cohort: undefined, score: 0.62, breakdown: {}, signals: null, windows: undefined, ...more })
const found = (detector: string, value: number, weight: number) => ({ detector, group: 'behaviour', value, weight })

describe('why a vote is where it is', () => {
  it('is nothing where nothing spoke against it', () => expect(reasonsOf(vote())).toEqual([]))

  it('begins with what holds it and goes on with the heaviest finding', () => {
    expect(reasonsOf(vote({
      heldFor: 'score', signals: { moves: 0 },
      breakdown: { found: [found('instant-press', 1, 0.25), found('unhovered-click', 1, 0.5), found('hosting-network', 0.1, 0.25)], credits: [], missing: ['country'] },
    }))).toEqual([
      'Held for its score of 0.62.', 'The pointer never moved before the click.', 'The mouse button came up as soon as it went down.',
      'The address belongs to a data centre, not to people’s lines.',
    ])
  })

  it('leaves out what the policy gives no weight', () => expect(reasonsOf(vote({ breakdown: { found: [found('webdriver', 1, 0)] } }))).toEqual([]))

  it.each([null, 'x', [], { found: 'x' }, { found: [null, { detector: 1 }, { detector: 'webdriver' }] }])('bears a breakdown it cannot read: %j', (breakdown) => {
    expect(reasonsOf(vote({ breakdown, signals: 'x' }))).toEqual([])
    expect(creditsOf(breakdown)).toEqual([])
  })

  it.each([...HELD_FOR])('has words for a hold for %s', (heldFor) => expect(holdWords(heldFor, vote())).toMatch(/^[A-Z].*\.$/))

  it('tells a new account from a new device', () => {
    expect(holdWords('age', vote({ tier: 'verified' }))).toContain('account')
    expect(holdWords('age', vote())).toContain('device')
  })
})

describe('what a cohort’s votes have in common', () => {
  it.each([...COHORT_KINDS])('is said for the kind %s', (kind) => {
    expect(cohortWords({ kind, evidence: { forItem: 14 } })).toMatch(/^14 votes that share .+/)
    expect(cohortWords({ kind, evidence: { forItem: 1 } })).toMatch(/^1 vote that shares .+/)
    expect(cohortWords({ kind, evidence: null })).toMatch(/^several votes that share .+/)
  })

  it('names the figures of its test', () => {
    const evidence = { voters: 24, forItem: 24, onlyItem: 23, expected: 0.12, chance: 0 }
    expect(cohortWords({ kind: 'network', evidence: { ...evidence, test: 'focus' } }))
      .toBe('24 votes that share one network; 23 of the 24 voters want nothing else, where 12 % of the others do')
    expect(cohortWords({ kind: 'core', evidence: { ...evidence, test: 'share' } })).toBe('24 votes that share one kind of machine; 12 % of 24 would be usual')
    expect(cohortWords({ kind: 'gesture', evidence: { ...evidence, test: 'identical' } })).toBe('24 votes that share one and the same click')
  })

  it('stands in the reason of a vote it holds', () => {
    expect(reasonsOf(vote({ heldFor: 'cohort', cohort: { kind: 'fingerprint', evidence: { forItem: 9 } } })))
      .toEqual(['Held for its cohort: 9 votes that share one browser fingerprint.'])
  })

  it('speaks for a vote where something does', () => {
    expect(creditsOf({ credits: [{ name: 'verified', value: 0.3 }, { name: 'step-up', value: 0.2 }] }))
      .toEqual(['The customer vouches for who the voter is.', 'The browser did the extra work it was asked for.'])
  })
})
