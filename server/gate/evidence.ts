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

/** Request headers a browser sets by itself, as they came. */
export interface ClientHeaders {
  secChUa?: string | undefined
  secChUaMobile?: string | undefined
  secChUaPlatform?: string | undefined
  secFetchSite?: string | undefined
  secFetchMode?: string | undefined
  acceptEncoding?: string | undefined
  acceptLanguage?: string | undefined
}

/** What came of the proof of work a session asked for. */
export type Proof = 'solved' | 'missing' | 'wrong'

export interface Evidence extends SignalFacts {
  /** Absent where none was asked for. */
  proof: Fact<Proof>
  /** Whether this vote comes with a solved step-up challenge; absent where it comes with none. */
  stepUp: Fact<boolean>
  /** A rule asks whoever votes from there for a step-up; absent where none does. */
  demandedStepUp: Fact<boolean>
  /** From the session’s start to the vote, by the server’s clock, and the least the challenge asked for. */
  dwell: Fact<{ waitedMs: number; leastMs: number }>
  /** Whether the client sent any signals. */
  signalsSent: Fact<boolean>
  /** The same gesture (path hash, or every figure of it) came from another device before. */
  gestureSeen: Fact<boolean>
  headers: Fact<ClientHeaders>
  /** ISO 3166-1 alpha-2. */
  country: Fact<string>
  /** Whether the address belongs to a data centre rather than to people’s lines. */
  hosting: Fact<boolean>
  /** Votes of the network so far: how many gaps between them, and their coefficient of variation. */
  arrivals: Fact<{ gaps: number; variation: number }>
  /** IPv6: votes of the /48 within the window. */
  prefixRate: Fact<Rate>
  accountAgeMs: Fact<number>
  userTokenAgeMs: Fact<number>
  /** How many user ids in a row, this one included, were new and counted up by one. */
  userSequence: Fact<number>
  /** The standing cohort whose sign this vote bears. */
  cohort: Fact<number>
  tier: Fact<Tier>
  userAgent: Fact<string>
  /** Whether this device showed another fingerprint before. */
  fingerprintChanged: Fact<boolean>
  deviceAgeMs: Fact<number>
  voterRate: Fact<Rate>
  networkRate: Fact<Rate>
  itemRate: Fact<Rate>
}
