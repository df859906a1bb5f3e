/**
 * The shipped policy. Weights begin at what 165 visits by each kind of automation, and by scripted input closest to a
 * person’s, showed. One group of signals at its cap can hold a vote, which is undone by releasing it; none can block alone.
 */
import { onlyLogged } from './only-logged.ts'
import type { Policy } from './policy.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const defaultPolicy: Policy = {
  version: '2026-11.2',
  weights: {
    'webdriver': 0.95,
    'untrusted-event': 0.9,
    'headless-user-agent': 0.95,
    'automation-globals': 0.95,
    'worker-mismatch': 0.8,
    'known-bot': 0.95,
    'pressureless-mouse': 0.75,
    'unhovered-click': 0.5,
    'dead-centre-click': 0.4,
    'ruler-straight-path': 0.4,
    'instant-press': 0.25,
    'missing-user-agent': 0.6,
    'missing-proof': 0.6,
    'missing-signals': 0.6,
    'too-soon': 0.6,
    'replayed-gesture': 0.6,
    'inconsistent-headers': 0.6,
    'missing-browser-headers': 0.3,
    'foreign-time-zone': 0.15,
    'hosting-network': 0.25,
    'fingerprint-change': 0.25,
    'voter-velocity': 0.3,
    'network-velocity': 0.35,
    'prefix-velocity': 0.35,
    'item-velocity': 0.15,
    'regular-arrivals': 0.3,
    'sequential-users': 0.9,
    'old-user-token': 0.1,
  },
  caps: { automation: 0.6, network: 0.35, velocity: 0.5, integrity: 0.6, behaviour: 0.4, reputation: 0.4 },
  credits: { verified: 0.3, stepUp: 0.2 },
  bands: {
    'POST sessions': [
      { band: 'challenge', from: 0.25, mode: 'enforce' },
      { band: 'block', from: 0.95, mode: 'log' },
    ],
    'PUT vote': [
      { band: 'log', from: 0.3, mode: 'enforce' },
      { band: 'challenge', from: 0.4, mode: 'enforce' },
      { band: 'hold', from: 0.55, mode: 'enforce' },
      { band: 'block', from: 0.95, mode: 'log' },
    ],
    'POST feedback': [
      { band: 'log', from: 0.3, mode: 'enforce' },
      { band: 'block', from: 0.95, mode: 'log' },
    ],
  },
  challenge: { difficulty: 16, suspectDifficulty: 18, stepUpDifficulty: 20, stepUpTtlMs: 5 * MINUTE, minimumDwellMs: 500 },
  windows: {
    voter: { limit: 120, windowMs: MINUTE },
    network: { limit: 600, windowMs: MINUTE },
    prefix: { limit: 1800, windowMs: MINUTE },
    item: { limit: 1200, windowMs: MINUTE },
  },
  minimumAge: { deviceMs: 0, accountMs: 0 },
  bucketSeats: 1,
  cohorts: {
    mode: 'enforce',
    horizonMs: 24 * HOUR,
    leastVoters: 8,
    significance: 1e-6,
    standsMs: 6 * HOUR,
    surge: { windowMs: 10 * MINUTE, leastVotes: 15, significance: 1e-6 },
  },
  release: { seatMs: HOUR, fewMs: 20 * HOUR, surgeMs: 10 * MINUTE, returnMs: 30 * MINUTE },
}

/** The same policy with every band and cohort only writing down what it would have done. */
export const loggingPolicy: Policy = onlyLogged(defaultPolicy)
