/**
 * The shipped policy. Weights begin at what 165 visits by each kind of automation, and by scripted input closest to a
 * person’s, showed. Every cap is below the hold band, so no single group of signals can take a vote out of the tally alone.
 * The bands that act begin in log mode: an installation first sees what they would do to its own visitors (GATE_MODE).
 */
import type { Policy } from './policy.ts'

export const defaultPolicy: Policy = {
  version: '2026-11.1',
  weights: {
    'webdriver': 0.95,
    'untrusted-event': 0.9,
    'headless-user-agent': 0.95,
    'pressureless-mouse': 0.75,
    'unhovered-click': 0.5,
    'dead-centre-click': 0.4,
    'ruler-straight-path': 0.4,
    'instant-press': 0.25,
    'missing-user-agent': 0.6,
    'fingerprint-change': 0.3,
    'voter-velocity': 0.3,
    'network-velocity': 0.35,
    'item-velocity': 0.15,
  },
  caps: { automation: 0.6, network: 0.35, velocity: 0.5, integrity: 0.6, behaviour: 0.4, reputation: 0.4 },
  credits: { verified: 0.3 },
  voteBands: [
    { band: 'log', from: 0.5, mode: 'enforce' },
    { band: 'hold', from: 0.75, mode: 'log' },
    { band: 'block', from: 0.95, mode: 'log' },
  ],
  windows: {
    voter: { limit: 120, windowMs: 60_000 },
    network: { limit: 600, windowMs: 60_000 },
    item: { limit: 1200, windowMs: 60_000 },
  },
  bucketSeats: 1,
}

/** The same policy with its hold band acting. */
export const enforcingPolicy: Policy = {
  ...defaultPolicy,
  version: `${defaultPolicy.version}-enforce`,
  voteBands: defaultPolicy.voteBands.map((rule) => (rule.band === 'hold' ? { ...rule, mode: 'enforce' } : rule)),
}
