/**
 * Facts about one request: known, absent (the client did not say) or failed (it could not be found out).
 * Never opinions: what a fact means is for the detectors.
 */
import type { Tier } from '../contract/primitives.ts'
import type { Signals } from '../contract/signals.ts'

export type Fact<T> = { state: 'known'; value: T } | { state: 'absent' } | { state: 'failed'; error: string }

export const known = <T>(value: T): Fact<T> => ({ state: 'known', value })
export const absent: Fact<never> = { state: 'absent' }
export const failed = (error: string): Fact<never> => ({ state: 'failed', error })
export const factOf = <T>(value: T | undefined): Fact<T> => (value === undefined ? absent : known(value))

/** How many times within the window, this time included, and the policy’s limit for it. */
export interface Rate {
  count: number
  limit: number
  windowMs: number
}

type SignalFacts = { [Name in keyof Signals]-?: Fact<NonNullable<Signals[Name]>> }

export interface Evidence extends SignalFacts {
  tier: Fact<Tier>
  userAgent: Fact<string>
  acceptLanguage: Fact<string>
  /** Whether this device showed another fingerprint before. */
  fingerprintChanged: Fact<boolean>
  deviceAgeMs: Fact<number>
  voterRate: Fact<Rate>
  networkRate: Fact<Rate>
  itemRate: Fact<Rate>
}
