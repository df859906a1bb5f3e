/**
 * Offences of a source within a window, and how long it is stopped for when there are too many. Pure: time is an argument.
 * Memory is bounded by the marks of all sources together; the source that was quiet for longest is forgotten first.
 */
import type { ResponseRule } from './policies/responses.ts'

export class Offences {
  readonly #maxMarks: number
  /** By source, the least recently active first; each offence with when it was last seen. */
  readonly #marks = new Map<string, Map<string, number>>()
  #size = 0
  #saturations = 0

  constructor(maxMarks: number) {
    this.#maxMarks = maxMarks
  }

  /** Offences remembered. */
  get size(): number {
    return this.#size
  }

  /** Sources forgotten to make room: their counts began again. */
  get saturations(): number {
    return this.#saturations
  }

  /**
   * Takes one offence down. The same `what` again is the same offence, seen later. Returns the count when it reaches the
   * rule’s, and forgets the source then; undefined below it.
   */
  note(key: string, what: string, rule: Pick<ResponseRule, 'offences' | 'windowMs'>, now: number): number | undefined {
    const marks = this.#take(key)
    // The last one seen goes to the end, so the marks stay in order of time and old ones are at the front.
    marks.delete(what)
    marks.set(what, now)
    for (const [old, at] of marks) {
      if (at > now - rule.windowMs) break
      marks.delete(old)
    }
    if (marks.size >= rule.offences) return marks.size
    this.#put(key, marks)
    return undefined
  }

  forget(key: string): void {
    this.#take(key)
  }

  #take(key: string): Map<string, number> {
    const marks = this.#marks.get(key)
    if (marks === undefined) return new Map()
    this.#marks.delete(key)
    this.#size -= marks.size
    return marks
  }

  #put(key: string, marks: Map<string, number>): void {
    this.#marks.set(key, marks)
    this.#size += marks.size
    while (this.#size > this.#maxMarks) {
      const oldest = this.#marks.keys().next().value
      if (oldest === undefined || oldest === key) break
      this.forget(oldest)
      this.#saturations += 1
    }
  }
}

/** Milliseconds: the rule’s first, and its factor more for each earlier block, up to its longest. */
export function blockLength(rule: Pick<ResponseRule, 'firstBlockMs' | 'factor' | 'maxBlockMs'>, earlier: number): number {
  return Math.min(rule.maxBlockMs, rule.firstBlockMs * rule.factor ** earlier)
}
