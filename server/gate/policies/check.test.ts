import { describe, expect, it } from 'vitest'
import { formatPath } from '../../document-faults.ts'
import { findPolicyFaults } from './check.ts'
import { defaultPolicy } from './default.ts'
import { onlyLogged } from './only-logged.ts'
import type { BandRule, Policy } from './policy.ts'

const names = Object.keys(defaultPolicy.weights)
const faultsOf = (candidate: unknown, detectors = names): string[] =>
  findPolicyFaults(candidate, detectors).map(({ path, message }) => `${formatPath(path)} ${message}`)
const withBands = (...rules: BandRule[]): Policy => ({ ...defaultPolicy, bands: { ...defaultPolicy.bands, 'PUT vote': rules } })

describe('what the schema says', () => {
  it('takes the shipped policy, and the same only written down', () => {
    expect(faultsOf(defaultPolicy)).toEqual([])
    expect(faultsOf(onlyLogged(defaultPolicy))).toEqual([])
    expect(faultsOf({ ...defaultPolicy, challenge: null })).toEqual([])
  })

  it.each<[string, object, string]>([
    ['an unknown key', { wieghts: {} }, 'wieghts is not a key of a policy; did you mean weights?'],
    ['an unknown key inside', { release: { ...defaultPolicy.release, seatsMs: 1 } }, 'release.seatsMs is not a key of a policy; did you mean seatMs?'],
    ['a key named like a prototype', JSON.parse('{"__proto__": {}}') as object, '__proto__ is not a key of a policy'],
    ['a missing key', { windows: { ...defaultPolicy.windows, prefix: undefined } }, 'windows.prefix is missing'],
    ['a weight above 1', { weights: { ...defaultPolicy.weights, webdriver: 1.5 } }, 'weights.webdriver must be <= 1'],
    ['a weight that is no number', { weights: { ...defaultPolicy.weights, webdriver: '1' } }, 'weights.webdriver must be number'],
    ['a weight that is not a number', { weights: { ...defaultPolicy.weights, webdriver: Number.NaN } }, 'weights.webdriver must be <= 1'],
    ['27 bits', { challenge: { ...defaultPolicy.challenge, stepUpDifficulty: 27 } }, 'challenge.stepUpDifficulty must be <= 26'],
    ['bits below 0', { challenge: { ...defaultPolicy.challenge, difficulty: -1 } }, 'challenge.difficulty must be >= 0'],
    ['half a bit', { challenge: { ...defaultPolicy.challenge, suspectDifficulty: 18.5 } }, 'challenge.suspectDifficulty must be integer'],
    ['a challenge that is none', { challenge: false }, 'challenge must be object'],
    ['an empty window', { windows: { ...defaultPolicy.windows, voter: { limit: 10, windowMs: 0 } } }, 'windows.voter.windowMs must be >= 1'],
    ['a limit of none', { windows: { ...defaultPolicy.windows, item: { limit: 0, windowMs: 1000 } } }, 'windows.item.limit must be >= 1'],
    ['a chance of nothing', { cohorts: { ...defaultPolicy.cohorts, significance: 0 } }, 'cohorts.significance must be > 0'],
    ['a band that is none', withBands({ band: 'ban' as 'block', from: 0.95, mode: 'log' }),
      'bands."PUT vote"[0].band must be one of log, throttle, challenge, hold, block'],
    ['a version with a space', { version: 'my policy' }, 'version must be 1 to 64 letters, digits and . _ + -, beginning with a letter or digit'],
  ])('refuses %s, in one line', (_title, change, fault) => {
    expect(faultsOf({ ...defaultPolicy, ...change })).toEqual([fault])
  })

  it('is said together with the names of no detector', () => {
    expect(faultsOf({ ...defaultPolicy, extra: 1, weights: { ...defaultPolicy.weights, 'web-driver': 1, 'known-bot': 2 } })).toEqual([
      'extra is not a key of a policy', 'weights.known-bot must be <= 1', 'weights.web-driver is the name of no detector; did you mean webdriver?',
    ])
  })

  it.each([null, undefined, 'policy', 7, [], { ...defaultPolicy, weights: [1] }])('refuses %j', (candidate) => expect(faultsOf(candidate)).toHaveLength(1))
})

describe('what no schema can say', () => {
  it('wants a weight for every detector, and for nothing else', () => {
    expect(faultsOf(defaultPolicy, [...names, 'new-detector'])).toEqual(['weights has no weight for the detector new-detector; 0 turns it off'])
    expect(faultsOf({ ...defaultPolicy, weights: { ...defaultPolicy.weights, 'new-detector': 0 } }, [...names, 'new-detector'])).toEqual([])
    expect(faultsOf({ ...defaultPolicy, weights: { ...defaultPolicy.weights, toString: 0.5 } })).toEqual(['weights.toString is the name of no detector'])
  })

  it('wants bands to ascend, in score and in strictness', () => {
    expect(faultsOf(withBands({ band: 'challenge', from: 0.6, mode: 'enforce' }, { band: 'hold', from: 0.5, mode: 'enforce' })))
      .toEqual(['bands."PUT vote"[1].from must be above 0.6, where the band before it begins'])
    expect(faultsOf(withBands({ band: 'challenge', from: 0.6, mode: 'enforce' }, { band: 'hold', from: 0.6, mode: 'enforce' })))
      .toEqual(['bands."PUT vote"[1].from must be above 0.6, where the band before it begins'])
    expect(faultsOf(withBands({ band: 'hold', from: 0.5, mode: 'enforce' }, { band: 'challenge', from: 0.6, mode: 'enforce' })))
      .toEqual(['bands."PUT vote"[1].band must be stricter than hold, the band before it'])
    expect(faultsOf(withBands({ band: 'hold', from: 0.5, mode: 'enforce' }, { band: 'hold', from: 0.6, mode: 'log' })))
      .toEqual(['bands."PUT vote"[1].band must be stricter than hold, the band before it'])
    expect(faultsOf(withBands())).toEqual([])
  })

  it('lets no group of signals block alone, whatever the mode', () => {
    expect(faultsOf(withBands({ band: 'block', from: 0.6, mode: 'log' }))).toEqual([
      'caps.automation must be below 0.6, where PUT vote blocks: no group of signals may block alone',
      'caps.integrity must be below 0.6, where PUT vote blocks: no group of signals may block alone',
    ])
    expect(faultsOf(withBands({ band: 'block', from: 0.61, mode: 'enforce' }))).toEqual([])
    expect(faultsOf({ ...defaultPolicy, caps: { ...defaultPolicy.caps, network: 1 } }).length).toBeGreaterThan(0)
  })

  it('never makes the work of a suspect easier', () => {
    const challenge = { difficulty: 16, suspectDifficulty: 15, stepUpDifficulty: 14, stepUpTtlMs: 1000, minimumDwellMs: 0 }
    expect(faultsOf({ ...defaultPolicy, challenge })).toEqual([
      'challenge.suspectDifficulty must not be below the 16 bits of every session',
      'challenge.stepUpDifficulty must not be below the 16 bits of every session',
    ])
    expect(faultsOf({ ...defaultPolicy, challenge: { ...challenge, suspectDifficulty: 16, stepUpDifficulty: 26 } })).toEqual([])
  })
})
