/**
 * What the server does by itself about a source that goes on offending. Numbers and words, no code.
 *
 * Offences count by what differs among them where something can: a guesser tries many keys, while a page with a wrong key in
 * its script tag shows the same one for all of an office. So the guesser is stopped, and the page's wrong key is.
 */
import type { Severity } from '../../contract/primitives.ts'

export const OFFENCE_KINDS = [
  'invalid_api_key', 'repeated_api_key', 'operator_token', 'repeated_operator_token', 'user_token', 'user_lockout', 'rate_limit_exceeded',
] as const
export type OffenceKind = (typeof OFFENCE_KINDS)[number]

export interface ResponseRule {
  /** A source is stopped at this many within the window. */
  offences: number
  windowMs: number
  firstBlockMs: number
  /** Each further block of the same source within `memoryMs` is this many times as long. */
  factor: number
  maxBlockMs: number
  /** log: write down that the source would have been stopped. */
  mode: 'log' | 'enforce'
  /** Of the event that tells of the block. */
  severity: Severity
  /** For the reason a person reads: what there were that many of. */
  words: string
}

export interface ResponsePolicy {
  version: string
  memoryMs: number
  /** After a person lifts an automatic block, its target is left alone for as long. Longer than every window, so nothing old counts. */
  graceMs: number
  rules: Readonly<Record<OffenceKind, ResponseRule>>
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

export const defaultResponsePolicy: ResponsePolicy = {
  version: '2026-11.1',
  memoryMs: 24 * HOUR,
  graceMs: HOUR,
  rules: {
    // Any page can make its visitors' browsers ask for keys that nobody has, so nobody behind their address is kept out for longer.
    invalid_api_key: {
      offences: 10, windowMs: 5 * MINUTE, firstBlockMs: MINUTE, factor: 2, maxBlockMs: HOUR, mode: 'enforce', severity: 'high',
      words: 'different unknown project keys',
    },
    // Stops that key from that address, which is worth nothing to anybody.
    repeated_api_key: {
      offences: 20, windowMs: 5 * MINUTE, firstBlockMs: MINUTE, factor: 2, maxBlockMs: 15 * MINUTE, mode: 'enforce', severity: 'low',
      words: 'requests with the same unknown project key',
    },
    operator_token: {
      offences: 10, windowMs: 5 * MINUTE, firstBlockMs: MINUTE, factor: 2, maxBlockMs: 24 * HOUR, mode: 'enforce', severity: 'high',
      words: 'different guesses at operator tokens, sign-ins or signatures of monitors',
    },
    // A script with a token that has expired asks for ever; its questions are not worth a query each.
    repeated_operator_token: {
      offences: 100, windowMs: 5 * MINUTE, firstBlockMs: MINUTE, factor: 2, maxBlockMs: 15 * MINUTE, mode: 'enforce', severity: 'low',
      words: 'requests with the same unknown operator token or wrong signature of a monitor',
    },
    // A site whose backend signs with the wrong secret forges, as it looks, a token for each of its users: many of them fit behind one address.
    user_token: {
      offences: 100, windowMs: 5 * MINUTE, firstBlockMs: MINUTE, factor: 2, maxBlockMs: 15 * MINUTE, mode: 'enforce', severity: 'high',
      words: 'users claimed by forged tokens',
    },
    user_lockout: {
      offences: 10, windowMs: 5 * MINUTE, firstBlockMs: MINUTE, factor: 2, maxBlockMs: HOUR, mode: 'enforce', severity: 'medium',
      words: 'forged tokens for one user',
    },
    // Counted in seconds with a refusal, not in refusals: a crowd that comes at once is over within seconds, a flood is not.
    rate_limit_exceeded: {
      offences: 60, windowMs: 2 * MINUTE, firstBlockMs: MINUTE, factor: 2, maxBlockMs: 15 * MINUTE, mode: 'enforce', severity: 'medium',
      words: 'seconds in which it went on past the limit',
    },
  },
}
