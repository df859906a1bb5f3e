import { describe, expect, it } from 'vitest'
import type { Detector, Group } from './detector.ts'
import { detectors } from './detectors/registry.ts'
import { type Evidence, failed, known } from './evidence.ts'
import {
  curl, humanKeyboard, humanMouse, humans, nothing, playwright, puppeteerStealth, rateAt, syntheticClick,
} from './evidence.fixture.ts'
import { judge } from './judge.ts'
import { defaultPolicy, enforcingPolicy } from './policies/default.ts'
import type { Band, BandRule, Policy } from './policies/policy.ts'

const NOW = Date.UTC(2026, 10, 21, 12, 0, 50)
const judged = (evidence: Evidence, policy: Policy = enforcingPolicy) => judge(evidence, policy, NOW)
const over = (window: 'voter' | 'network' | 'item') => ({ ...rateAt(window, 1), count: rateAt(window, 1).count + 1 })
const groups = Object.keys(defaultPolicy.caps) as Group[]
const from = (band: Band): number => defaultPolicy.voteBands.find((rule) => rule.band === band)?.from ?? Number.NaN

const certain = (name: string, group: Group): Detector => ({ name, group, detect: () => ({ value: 1 }) })
/** A verdict that reaches exactly this score: one detector of each group, as certain as the policy’s cap lets it be. */
function verdictAt(score: number, voteBands: readonly BandRule[]) {
  const policy = { ...defaultPolicy, voteBands, caps: { ...defaultPolicy.caps, automation: 1 }, weights: { probe: score } }
  return judge(nothing, policy, NOW, [certain('probe', 'automation')])
}

describe('people', () => {
  it.each(Object.entries(humans))('%s is allowed with a score of 0 and nothing found', (_, evidence) => {
    const verdict = judged(evidence)
    expect(verdict).toMatchObject({ action: 'allow', score: 0, policy: enforcingPolicy.version })
    expect(verdict.breakdown.found).toEqual([])
    expect(verdict.breakdown.credits).toEqual([])
    expect(verdict).not.toHaveProperty('wouldHave')
  })

  it('are allowed where the measurements say so: scripted X11 input, keyboard only', () => {
    const measured = { pressMs: [75, 117], moves: 86, coalescedMoves: 151 }
    for (const pressMs of measured.pressMs) {
      const x11 = { ...humanMouse, pressMs: known(pressMs), moves: known(measured.moves), coalescedMoves: known(measured.coalescedMoves) }
      expect(judged(x11)).toMatchObject({ action: 'allow', score: 0 })
    }
    expect(judged({ ...humanKeyboard, moves: known(0), coalescedMoves: known(0) })).toMatchObject({ action: 'allow', score: 0 })
  })

  it('are allowed on a launch day, and in an office that shares one address', () => {
    expect(judged({ ...humanMouse, itemRate: known(rateAt('item', 50)) }).action).toBe('allow')
    expect(judged({ ...humanMouse, networkRate: known(rateAt('network', 0.5)) }).score).toBe(0)
    expect(judged({ ...humanMouse, networkRate: known(rateAt('network', 1)), itemRate: known(rateAt('item', 50)) }).action).not.toBe('hold')
  })
})

describe('automation', () => {
  it('is held when it owns up and clicks like it: Playwright', () => {
    const verdict = judged(playwright)
    expect(verdict).toMatchObject({ action: 'hold', wouldHave: 'block', score: 1 })
    expect(verdict.breakdown.found.map(({ detector }) => detector)).toEqual([
      'webdriver', 'unhovered-click', 'dead-centre-click', 'instant-press',
    ])
  })

  it('is written down when it clicks by script, or is curl', () => {
    expect(judged(syntheticClick)).toMatchObject({ action: 'log', score: defaultPolicy.caps.automation })
    expect(judged(curl)).toMatchObject({ action: 'log', score: defaultPolicy.caps.automation })
  })

  it('that hides well costs the whole behaviour group, and is held once a second and third group agree: Puppeteer stealth', () => {
    const alone = judged(puppeteerStealth)
    expect(alone.score).toBe(defaultPolicy.caps.behaviour)
    expect(alone.breakdown.found).toContainEqual({ detector: 'pressureless-mouse', group: 'behaviour', value: 1, weight: 0.75 })
    const rotating = { ...puppeteerStealth, fingerprintChanged: known(true) }
    expect(judged(rotating).action).toBe('log')
    expect(judged({ ...rotating, networkRate: known(rateAt('network', 1)) }).action).toBe('hold')
  })
})

describe('caps', () => {
  it.each(groups)('keep %s below the hold band with every one of its detectors at 1', (group) => {
    const all = detectors.filter((detector) => detector.group === group).map(({ name }) => certain(name, group))
    const { score, action } = judge(nothing, defaultPolicy, NOW, all)
    expect(score).toBeLessThan(from('hold'))
    expect(['allow', 'log']).toContain(action)
  })

  it.each(groups)('stop %s at its own cap however heavy its detectors are', (group) => {
    const heavy = { ...defaultPolicy, weights: { one: 5, two: 5 } }
    const { score, breakdown } = judge(nothing, heavy, NOW, [certain('one', group), certain('two', group)])
    expect(score).toBe(defaultPolicy.caps[group])
    expect(score).toBeLessThan(from('hold'))
    expect(breakdown.found).toHaveLength(2)
  })

  it('add up across groups, up to 1', () => {
    const two = judge(nothing, defaultPolicy, NOW, [certain('webdriver', 'automation'), certain('fingerprint-change', 'reputation')])
    expect(two.score).toBeCloseTo(0.9, 10)
    expect(judge(nothing, defaultPolicy, NOW, detectors.map(({ name, group }) => certain(name, group))).score).toBe(1)
  })

  it('let a detector without a weight be seen and count nothing', () => {
    const { score, breakdown } = judge(nothing, defaultPolicy, NOW, [certain('not in the policy', 'automation')])
    expect(score).toBe(0)
    expect(breakdown.found).toEqual([{ detector: 'not in the policy', group: 'automation', value: 1, weight: 0 }])
  })
})

describe('missing evidence', () => {
  it('scores nothing and is named, each fact once', () => {
    const { score, action, breakdown } = judged({ ...nothing, userAgent: humanMouse.userAgent })
    expect({ score, action }).toEqual({ score: 0, action: 'allow' })
    expect(breakdown.found).toEqual([])
    expect(breakdown.missing.toSorted()).toEqual(
      ['fingerprintChanged', 'input', 'itemRate', 'networkRate', 'trusted', 'voterRate', 'webdriver'],
    )
  })

  it('is what a rate that could not be counted is: nobody is made to wait for it', () => {
    const broken = failed('no room for a new key')
    const { score, action, breakdown } = judged({ ...humanMouse, voterRate: broken, networkRate: broken, itemRate: broken })
    expect({ score, action }).toEqual({ score: 0, action: 'allow' })
    expect(breakdown.missing).toEqual(['voterRate', 'networkRate', 'itemRate'])
  })
})

describe('the verified credit', () => {
  it('is taken off the score and named', () => {
    const verdict = judged({ ...syntheticClick, tier: known('verified') })
    expect(verdict.score).toBeCloseTo(defaultPolicy.caps.automation - defaultPolicy.credits.verified, 10)
    expect(verdict.action).toBe('allow')
    expect(verdict.breakdown.credits).toEqual([{ name: 'verified', value: defaultPolicy.credits.verified }])
  })

  it('is not given to a device, and never takes a score below 0', () => {
    expect(judged({ ...syntheticClick, tier: known('device') }).breakdown.credits).toEqual([])
    expect(judged({ ...humanMouse, tier: known('verified') }).score).toBe(0)
  })
})

describe('bands', () => {
  const { voteBands } = enforcingPolicy
  const inMode = (band: Band, mode: BandRule['mode']) => voteBands.map((rule) => (rule.band === band ? { ...rule, mode } : rule))

  it.each([
    [0, 'allow'],
    [0.499, 'allow'],
    [0.5, 'log'],
    [0.749, 'log'],
    [0.75, 'hold'],
    [0.949, 'hold'],
  ])('begin at their own score: %f is %s', (score, action) => {
    const verdict = verdictAt(score, voteBands)
    expect(verdict).toMatchObject({ score, action })
    expect(verdict).not.toHaveProperty('wouldHave')
  })

  it('in log mode let the vote through and say what they would have done', () => {
    expect(verdictAt(0.95, voteBands)).toMatchObject({ action: 'hold', wouldHave: 'block' })
    expect(verdictAt(0.8, inMode('hold', 'log'))).toMatchObject({ action: 'log', wouldHave: 'hold' })
  })

  it('that act are shipped in log mode: a new installation sees first what they would do', () => {
    expect(judge(playwright, defaultPolicy, NOW)).toMatchObject({ action: 'log', wouldHave: 'block' })
    expect(verdictAt(0.8, defaultPolicy.voteBands)).toMatchObject({ action: 'log', wouldHave: 'hold' })
  })

  it('leave nothing to have been done where a stricter band is enforced', () => {
    const verdict = verdictAt(0.8, inMode('log', 'log'))
    expect(verdict.action).toBe('hold')
    expect(verdict).not.toHaveProperty('wouldHave')
  })

  it('block once the policy enforces it', () => {
    const verdict = verdictAt(0.95, inMode('block', 'enforce'))
    expect(verdict.action).toBe('block')
    expect(verdict).not.toHaveProperty('wouldHave')
  })

  it('are in ascending order in the shipped policy, for judge stops at the first one above the score', () => {
    const starts = voteBands.map((rule) => rule.from)
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  })
})

describe('throttling', () => {
  it.each([
    ['a voter', { voterRate: known(over('voter')) }],
    ['a network', { networkRate: known(over('network')) }],
  ])('asks %s over the limit to wait, in whole seconds, at least until the current window ends', (_, rates) => {
    const { action, retryAfter = Number.NaN } = judged({ ...humanMouse, ...rates })
    expect(action).toBe('throttle')
    expect(retryAfter).toSatisfy(Number.isInteger)
    // NOW is 50 s into a window of 60.
    expect(retryAfter).toBeGreaterThanOrEqual(10)
    expect(retryAfter).toBeLessThanOrEqual(120)
  })

  it.each([
    ['a voter at the limit', { voterRate: known(rateAt('voter', 1)) }],
    ['a network at the limit', { networkRate: known(rateAt('network', 1)) }],
    ['an item over the limit', { itemRate: known(over('item')) }],
    ['an item far over the limit', { itemRate: known(rateAt('item', 1000)) }],
  ])('does not ask %s', (_, rates) => {
    const verdict = judged({ ...humanMouse, ...rates })
    expect(verdict.action).toBe('allow')
    expect(verdict).not.toHaveProperty('retryAfter')
  })

  it('comes before every band, and keeps the score and its reasons', () => {
    const verdict = judged({ ...playwright, voterRate: known(over('voter')) })
    expect(verdict).toMatchObject({ action: 'throttle', score: 1 })
    expect(verdict.breakdown.found.map(({ detector }) => detector)).toContain('webdriver')
  })
})

describe('a verdict', () => {
  it('is the same for the same evidence, policy and time, and leaves the evidence alone', () => {
    const evidence = structuredClone(playwright)
    expect(judged(evidence)).toEqual(judged(structuredClone(playwright)))
    expect(evidence).toEqual(playwright)
  })
})
