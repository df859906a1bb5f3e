import { describe, expect, it } from 'vitest'
import { humanMouse } from './evidence.fixture.ts'
import { type Verdict, judge } from './judge.ts'
import { defaultPolicy, loggingPolicy } from './policies/default.ts'
import { disagreement } from './shadow.ts'

const verdict = (policy: string, rest: Partial<Verdict>): Verdict =>
  ({ policy, action: 'allow', score: 0.5, breakdown: { found: [], credits: [], missing: [] }, ...rest })

describe('a policy on trial', () => {
  it.each<[string, Partial<Verdict>, Partial<Verdict>]>([
    ['that does the same', { action: 'hold' }, { action: 'hold' }],
    ['that does the same with another score and reason', { action: 'hold', heldFor: 'score', score: 0.6 }, { action: 'hold', heldFor: 'age', score: 0.1 }],
    ['that would have done the same', { wouldHave: 'hold' }, { wouldHave: 'hold', score: 0.9 }],
  ])('%s agrees', (_title, live, trial) => expect(disagreement(verdict('live', live), verdict('trial', trial))).toBeNull())

  it.each<[string, Partial<Verdict>, Partial<Verdict>]>([
    ['does more', { action: 'log' }, { action: 'hold' }],
    ['does less', { action: 'hold' }, { action: 'allow' }],
    ['does what the live one would have done', { wouldHave: 'hold' }, { action: 'hold' }],
    ['would have done more', { action: 'log' }, { action: 'log', wouldHave: 'hold' }],
    ['would not have done it', { wouldHave: 'block' }, {}],
  ])('that %s disagrees, and says what it would have done', (_title, live, trial) => {
    const stored = disagreement(verdict('live', live), verdict('trial', { ...trial, score: 0.7 }))
    expect(stored).toEqual({ policy: 'trial', action: 'allow', score: 0.7, ...trial })
    expect(JSON.parse(JSON.stringify(stored))).toEqual(stored)
  })

  it('stores the verdict’s outline, without its breakdown', () => {
    const stored = disagreement(verdict('live', {}), verdict('trial', { action: 'hold', heldFor: 'cohort', cohortId: 3, retryAfter: 5 }))
    expect(Object.keys(stored ?? {}).toSorted()).toEqual(['action', 'policy', 'score'])
  })

  it('sees what the shipped policy would change where it only logs now', () => {
    const evidence = { ...humanMouse, cohort: { state: 'known', value: 7 } } as const
    const [live, trial] = [judge(evidence, loggingPolicy, 0), judge(evidence, defaultPolicy, 0)]
    expect(disagreement(live, trial)).toMatchObject({ policy: defaultPolicy.version, action: 'hold' })
    expect(disagreement(judge(humanMouse, loggingPolicy, 0), judge(humanMouse, defaultPolicy, 0))).toBeNull()
  })
})
