/**
 * What a row of measurements says of its target. Pure: time is an argument. Down is said at once; slow only after three in a row,
 * for one long garbage collection is nobody’s trouble. What it says is news when it changes, and once a minute while it is bad.
 */

export type ProbeState = 'down' | 'slow' | 'up'
export interface Measurement {
  target: string
  /** How long it took, or how far it is behind. */
  ms: number
  /** Slow is more than this. */
  limitMs: number
  /** Did not answer, or with a failure of its own. */
  failed: boolean
}

const SLOW_IN_A_ROW = 3
const REPEAT_MS = 60_000

interface Known {
  state: ProbeState
  slow: number
  toldAt: number
}

export class ProbeStates {
  readonly #targets = new Map<string, Known>()

  /** The state to tell of, or undefined when there is nothing new. A target that is up from the beginning is none. */
  take({ target, ms, limitMs, failed }: Measurement, now: number): ProbeState | undefined {
    const before = this.#targets.get(target) ?? { state: 'up', slow: 0, toldAt: now }
    const slow = !failed && ms > limitMs ? before.slow + 1 : 0
    const state = failed ? 'down' : slow >= SLOW_IN_A_ROW ? 'slow' : slow > 0 ? stillSlow(before.state) : 'up'
    const news = state !== before.state || (state !== 'up' && now - before.toldAt >= REPEAT_MS)
    this.#targets.set(target, { state, slow, toldAt: news ? now : before.toldAt })
    return news ? state : undefined
  }

  stateOf(target: string): ProbeState {
    return this.#targets.get(target)?.state ?? 'up'
  }
}

/** Answering again, but slowly: no longer down, and not well either. */
const stillSlow = (before: ProbeState): ProbeState => (before === 'down' ? 'slow' : before)
