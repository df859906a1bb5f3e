/** What a policy is: numbers and modes, no code. A verdict stores the version it was judged under. */
import type { Group } from '../detector.ts'

export type Band = 'log' | 'throttle' | 'hold' | 'block'
export interface BandRule {
  band: Band
  /** The band begins at this score. */
  from: number
  /** log: write down what would have happened, and let the vote through. */
  mode: 'log' | 'enforce'
}
export interface WindowLimit {
  limit: number
  windowMs: number
}

export interface Policy {
  version: string
  weights: Readonly<Record<string, number>>
  caps: Readonly<Record<Group, number>>
  credits: Readonly<{ verified: number }>
  /** Ascending by `from`. */
  voteBands: readonly BandRule[]
  /** Above its limit a voter or a network is asked to wait (429). An item never is: a launch day is not an attack. */
  windows: Readonly<{ voter: WindowLimit; network: WindowLimit; item: WindowLimit }>
  /** Counted votes of one fingerprint bucket on one item; the next ones are held (or refused, if the project says so). */
  bucketSeats: number
}
