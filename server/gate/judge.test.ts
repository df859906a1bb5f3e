/** More lines than other files: the whole table of people and machines is judged here, and every part of a policy upon it. */
import { describe, expect, it } from 'vitest'
import type { Detector, Group } from './detector.ts'
import { detectors } from './detectors/registry.ts'
import { type Evidence, failed, known } from './evidence.ts'
import {
  abroad, automation, browsers, humanAssistive, humanKeyboard, humanMouse, humans, nothing, patchrightClick, patchrightPath, playwright,
  puppeteerStealth, rateAt, syntheticClick,
} from './evidence.fixture.ts'
import { judge } from './judge.ts'
import { defaultPolicy, loggingPolicy } from './policies/default.ts'
import type { Band, BandRule, Policy } from './policies/policy.ts'

const NOW = Date.UTC(2026, 10, 21, 12, 0, 50)
const judged = (evidence: Evidence, policy: Policy = defaultPolicy) => judge(evidence, policy, NOW)
const over = (window: 'voter' | 'network' | 'prefix' | 'item') => ({ ...rateAt(window, 1), count: rateAt(window, 1).count + 1 })
const groups = Object.keys(defaultPolicy.caps) as Group[]
const bands = defaultPolicy.bands['PUT vote']
const from = (band: Band): number => bands.find((rule) => rule.band === band)?.from ?? Number.NaN

const certain = (name: string, group: Group): Detector => ({ name, group, detect: () => ({ value: 1 }) })
const withBands = (rules: readonly BandRule[]): Policy => ({ ...defaultPolicy, bands: { ...defaultPolicy.bands, 'PUT vote': rules } })
/** A verdict that reaches exactly this score: one detector, as certain as a cap out of its way lets it be. */
function verdictAt(score: number, rules: readonly BandRule[] = bands, evidence: Evidence = nothing) {
  const policy = { ...withBands(rules), caps: { ...defaultPolicy.caps, automation: 1 }, weights: { probe: score } }
  return judge(evidence, policy, NOW, { detectors: [certain('probe', 'automation')] })
}
const inMode = (band: Band, mode: BandRule['mode']) => bands.map((rule) => (rule.band === band ? { ...rule, mode } : rule))

describe('people', () => {
  it.each(Object.entries({ ...humans, ...browsers }))('%s are allowed with a score of 0 and nothing found', (_, evidence) => {
    const verdict = judged(evidence)
    expect(verdict).toMatchObject({ action: 'allow', score: 0, policy: defaultPolicy.version })
    expect(verdict.breakdown.found).toEqual([])
    expect(verdict.breakdown.credits).toEqual(evidence === browsers.atNight ? [{ name: 'verified', value: defaultPolicy.credits.verified }] : [])
    expect(verdict).not.toHaveProperty('wouldHave')
  })

  it.each(Object.entries(abroad))('%s are allowed, below every band, whatever they vote with', (_, { country, hosting }) => {
    for (const evidence of Object.values({ ...humans, ...browsers })) {
      const verdict = judged({ ...evidence, country, hosting })
      expect(verdict.action).toBe('allow')
      expect(verdict.score).toBeLessThanOrEqual(0.25)
    }
  })

  it('are allowed where the measurements say so: scripted X11 input, keyboard only', () => {
    const measured = { pressMs: [75, 117], moves: 86, coalescedMoves: 151 }
    for (const pressMs of measured.pressMs) {
      const x11 = { ...humanMouse, pressMs: known(pressMs), moves: known(measured.moves), coalescedMoves: known(measured.coalescedMoves) }
      expect(judged(x11)).toMatchObject({ action: 'allow', score: 0 })
    }
    expect(judged({ ...humanKeyboard, moves: known(0), coalescedMoves: known(0) })).toMatchObject({ action: 'allow', score: 0 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('%s lose nothing for giving no fingerprint, no worker and no address data', (_, evidence) => {
    const silent = { ...evidence, fingerprintChanged: failed('no consent'), workerMismatch: failed('no worker'), core: failed('no consent') }
    const unknown = failed('no file')
    expect(judged({ ...silent, country: unknown, hosting: unknown })).toMatchObject({ action: 'allow', score: 0 })
  })

  it('are allowed on a launch day, and in an office that shares one address', () => {
    expect(judged({ ...humanMouse, itemRate: known(rateAt('item', 50)) }).action).toBe('allow')
    expect(judged({ ...humanMouse, networkRate: known(rateAt('network', 0.5)) }).score).toBe(0)
    expect(judged({ ...humanMouse, networkRate: known(rateAt('network', 1)), itemRate: known(rateAt('item', 50)) }).action).not.toBe('hold')
    expect(judged({ ...abroad.vpnAbroad, itemRate: known(rateAt('item', 50)) }).action).not.toBe('hold')
  })
})

describe('automation', () => {
  it.each(Object.entries(automation))('%s is held', (_, evidence) => {
    const verdict = judged(evidence)
    expect(verdict).toMatchObject({ action: 'hold', heldFor: 'score' })
    expect(verdict.score).toBeGreaterThanOrEqual(from('hold'))
  })

  it.each(Object.entries(automation))('%s does not buy itself off with a solved step-up', (_, evidence) => {
    const verdict = judged({ ...evidence, stepUp: known(true) })
    expect(verdict).toMatchObject({ action: 'hold', score: judged(evidence).score, breakdown: { credits: [] } })
  })

  it('is blocked in the log where it owns up and clicks like it: Playwright', () => {
    const verdict = judged(playwright)
    expect(verdict).toMatchObject({ action: 'hold', wouldHave: 'block', score: 1 })
    expect(verdict.breakdown.found.map(({ detector }) => detector)).toEqual([
      'webdriver', 'unhovered-click', 'dead-centre-click', 'instant-press',
    ])
  })

  it('that hides well costs the whole behaviour group and what a worker gives away: Puppeteer stealth', () => {
    expect(judged({ ...puppeteerStealth, workerMismatch: known(false) }).score).toBe(defaultPolicy.caps.behaviour)
    expect(judged(puppeteerStealth).score).toBe(1)
  })

  it('that leaves nothing but its way of clicking is asked to step up, and held from a data centre: patchright', () => {
    expect(judged(patchrightClick)).toMatchObject({ action: 'challenge', score: defaultPolicy.caps.behaviour })
    expect(judged({ ...patchrightClick, hosting: known(true) }).action).toBe('hold')
  })

  // Nothing in a single request of it differs from a person’s. Only the cohort shows it (server/watch/cohorts).
  it('that moves like a person is let through by one request: patchright with a human path', () => {
    expect(judged(patchrightPath)).toMatchObject({ action: 'allow', score: 0 })
  })
})

describe('caps', () => {
  it.each(groups)('keep %s below the block band with every one of its detectors at 1', (group) => {
    const all = detectors.filter((detector) => detector.group === group).map(({ name }) => certain(name, group))
    const { score, action } = judge(nothing, defaultPolicy, NOW, { detectors: all })
    expect(score).toBeLessThan(from('block'))
    expect(action).toBe(defaultPolicy.caps[group] >= from('hold') ? 'hold' : defaultPolicy.caps[group] >= from('challenge') ? 'challenge' : 'log')
  })

  it.each(groups)('stop %s at its own cap however heavy its detectors are', (group) => {
    const heavy = { ...defaultPolicy, weights: { one: 5, two: 5 } }
    const { score, breakdown } = judge(nothing, heavy, NOW, { detectors: [certain('one', group), certain('two', group)] })
    expect(score).toBe(defaultPolicy.caps[group])
    expect(score).toBeLessThan(from('block'))
    expect(breakdown.found).toHaveLength(2)
  })

  it('add up across groups, up to 1', () => {
    const two = judge(nothing, defaultPolicy, NOW, { detectors: [certain('webdriver', 'automation'), certain('fingerprint-change', 'reputation')] })
    expect(two.score).toBeCloseTo(defaultPolicy.caps.automation + (defaultPolicy.weights['fingerprint-change'] ?? 0), 10)
    expect(judge(nothing, defaultPolicy, NOW, { detectors: detectors.map(({ name, group }) => certain(name, group)) }).score).toBe(1)
  })

  it('let a detector without a weight be seen and count nothing', () => {
    const { score, breakdown } = judge(nothing, defaultPolicy, NOW, { detectors: [certain('not in the policy', 'automation')] })
    expect(score).toBe(0)
    expect(breakdown.found).toEqual([{ detector: 'not in the policy', group: 'automation', value: 1, weight: 0 }])
  })
})

describe('missing evidence', () => {
  it('scores nothing and is named, each fact once', () => {
    const { score, action, breakdown } = judged({ ...nothing, userAgent: humanMouse.userAgent })
    expect({ score, action }).toEqual({ score: 0, action: 'allow' })
    expect(breakdown.found).toEqual([])
    expect(breakdown.missing.toSorted()).toEqual([
      'arrivals', 'automationGlobals', 'country', 'dwell', 'fingerprintChanged', 'gestureSeen', 'headers', 'hosting', 'input', 'itemRate',
      'networkRate', 'prefixRate', 'proof', 'signalsSent', 'trusted', 'userSequence', 'userTokenAgeMs', 'voterRate', 'webdriver', 'workerMismatch',
    ])
  })

  it('is what a rate that could not be counted is: nobody is made to wait for it', () => {
    const broken = failed('no room for a new key')
    const { score, action, breakdown } = judged({ ...humanMouse, voterRate: broken, networkRate: broken, itemRate: broken, prefixRate: broken })
    expect({ score, action }).toEqual({ score: 0, action: 'allow' })
    expect(breakdown.missing).toEqual(expect.arrayContaining(['voterRate', 'networkRate', 'itemRate', 'prefixRate']))
  })
})

describe('credits', () => {
  it('for a verified identity are taken off the score and named', () => {
    const verdict = judged({ ...syntheticClick, tier: known('verified') })
    expect(verdict.score).toBeCloseTo(defaultPolicy.caps.automation - defaultPolicy.credits.verified, 10)
    expect(verdict.breakdown.credits).toEqual([{ name: 'verified', value: defaultPolicy.credits.verified }])
  })

  it('are not given to a device, and never take a score below 0', () => {
    expect(judged({ ...syntheticClick, tier: known('device') }).breakdown.credits).toEqual([])
    expect(judged({ ...humanMouse, tier: known('verified'), stepUp: known(true) }).score).toBe(0)
  })

  it('for a step-up are given to those who solved one that was asked for', () => {
    const suspect = { ...puppeteerStealth, workerMismatch: known(false) }
    expect(judged(suspect).action).toBe('challenge')
    expect(judged({ ...suspect, stepUp: known(true) })).toMatchObject({
      action: 'allow', breakdown: { credits: [{ name: 'step-up', value: defaultPolicy.credits.stepUp }] },
    })
    expect(judged({ ...suspect, stepUp: known(false) })).toMatchObject({ action: 'challenge', breakdown: { credits: [] } })
    for (const evidence of [syntheticClick, humanMouse]) expect(judged({ ...evidence, stepUp: known(true) }).breakdown.credits).toEqual([])
  })
})

describe('bands', () => {
  it.each([
    [0, 'allow'],
    [0.299, 'allow'],
    [0.3, 'log'],
    [0.399, 'log'],
    [0.4, 'challenge'],
    [0.549, 'challenge'],
    [0.55, 'hold'],
    [0.949, 'hold'],
  ])('begin at their own score: %f is %s', (score, action) => {
    const verdict = verdictAt(score)
    expect(verdict).toMatchObject({ score, action })
    expect(verdict).not.toHaveProperty('wouldHave')
  })

  it('ask for a step-up once, and hold whoever has more against them all the same', () => {
    const passed = { ...nothing, stepUp: known(true) }
    expect(verdictAt(0.5, bands, passed)).toMatchObject({ score: 0.3, action: 'log' })
    expect(verdictAt(0.65, bands, passed)).toMatchObject({ score: 0.65, action: 'hold' })
    expect(verdictAt(0.45, bands, { ...nothing, stepUp: known(false) }).action).toBe('challenge')
  })

  it('in log mode let the vote through and say what they would have done', () => {
    expect(verdictAt(0.95)).toMatchObject({ action: 'hold', wouldHave: 'block' })
    expect(verdictAt(0.8, inMode('hold', 'log'))).toMatchObject({ action: 'challenge', wouldHave: 'hold' })
  })

  it('all in log mode let everybody through: an installation can see first what they would do', () => {
    for (const evidence of Object.values(automation)) {
      const verdict = judged(evidence, loggingPolicy)
      expect(verdict.action).toBe('log')
      expect(['hold', 'block']).toContain(verdict.wouldHave)
    }
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

  it.each(Object.entries(defaultPolicy.bands))('of %s are in ascending order, for judge stops at the first one above the score', (_, rules) => {
    const starts = rules.map((rule) => rule.from)
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  })

  it('are the endpoint’s: a session that begins suspiciously gets more work, and is held for nothing', () => {
    const begun = { ...nothing, userAgent: humanMouse.userAgent, headers: humanMouse.headers, hosting: known(true) }
    expect(judge(begun, defaultPolicy, NOW, { endpoint: 'POST sessions' }).action).toBe('challenge')
    expect(judge({ ...begun, hosting: known(false) }, defaultPolicy, NOW, { endpoint: 'POST sessions' }).action).toBe('allow')
    const curled = { ...automation.curl, cohort: known(4) }
    expect(judge(curled, defaultPolicy, NOW, { endpoint: 'POST sessions' })).toMatchObject({ action: 'challenge', wouldHave: 'block' })
  })
})

describe('a vote is held for others', () => {
  const aged: Policy = { ...defaultPolicy, minimumAge: { deviceMs: 60_000, accountMs: 3_600_000 } }

  it('where it bears the sign of a standing cohort, whatever its own score', () => {
    expect(judged({ ...humanMouse, cohort: known(17) })).toMatchObject({ action: 'hold', heldFor: 'cohort', cohortId: 17, score: 0 })
    expect(judged({ ...humanMouse, cohort: known(17) }, loggingPolicy)).toMatchObject({ action: 'allow', wouldHave: 'hold' })
  })

  it('but for its score first', () => {
    const verdict = judged({ ...playwright, cohort: known(17) })
    expect(verdict).toMatchObject({ action: 'hold', heldFor: 'score' })
    expect(verdict).not.toHaveProperty('cohortId')
  })

  it('where its device or account is younger than the policy’s least age', () => {
    expect(judged({ ...humanMouse, deviceAgeMs: known(59_999) }, aged)).toMatchObject({ action: 'hold', heldFor: 'age' })
    expect(judged({ ...humanMouse, deviceAgeMs: known(60_000) }, aged).action).toBe('allow')
    expect(judged({ ...humanMouse, tier: known('verified'), deviceAgeMs: known(0), accountAgeMs: known(3_599_999) }, aged).heldFor).toBe('age')
  })

  it('not for a young device where the person is verified, nor for an age nobody knows', () => {
    expect(judged({ ...humanMouse, tier: known('verified'), deviceAgeMs: known(0), accountAgeMs: known(3_600_000) }, aged).action).toBe('allow')
    expect(judged({ ...humanAssistive, deviceAgeMs: failed('no clock') }, aged).action).toBe('allow')
  })
})

describe('throttling', () => {
  it.each([
    ['a voter', { voterRate: known(over('voter')) }],
    ['a network', { networkRate: known(over('network')) }],
    ['an IPv6 /48', { prefixRate: known(over('prefix')) }],
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
    expect(['allow', 'log']).toContain(verdict.action)
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

describe('a demanded step-up', () => {
  const demanded = { ...humanMouse, demandedStepUp: known(true) }

  it('asks a person with nothing against them for work, and says that nothing else does', () =>
    expect(judged(demanded)).toMatchObject({ action: 'challenge', score: 0, demanded: true, breakdown: { found: [], credits: [] } }))

  it('is over when it is solved, and not when it is not', () => {
    expect(judged({ ...demanded, stepUp: known(true) })).toEqual(judged(humanMouse))
    expect(judged({ ...demanded, stepUp: known(false) }).action).toBe('challenge')
  })

  it('makes a vote that is only noted a challenge, and nothing that is as strict or stricter', () => {
    for (const { from: score, band } of bands.map((rule) => ({ ...rule, mode: 'enforce' as const }))) {
      const rules = inMode('block', 'enforce')
      const verdict = verdictAt(score, rules, { ...nothing, demandedStepUp: known(true) })
      expect({ band, action: verdict.action, demanded: verdict.demanded }).toEqual(
        band === 'log' ? { band, action: 'challenge', demanded: true } : { band, action: band, demanded: undefined })
    }
  })

  it('leaves a vote held for its cohort held, and one past its limit waiting', () => {
    expect(judged({ ...demanded, cohort: known(3) })).toMatchObject({ action: 'hold', heldFor: 'cohort' })
    expect(judged({ ...demanded, voterRate: known(over('voter')) }).action).toBe('throttle')
  })

  it('asks for nothing where the policy has no challenge, and of nothing but votes', () => {
    expect(judged(demanded, { ...defaultPolicy, challenge: null })).toEqual(judged(humanMouse, { ...defaultPolicy, challenge: null }))
    expect(judge(demanded, defaultPolicy, NOW, { endpoint: 'POST feedback' }).action).toBe('allow')
    expect(judged({ ...humanMouse, demandedStepUp: known(false) }).action).toBe('allow')
  })
})
