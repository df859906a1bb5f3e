/**
 * Offences of a source within a window, and how long it is stopped for when there are too many. Pure: time is an argument.
 * Memory is bounded by the marks of all sources together; the source that was quiet for longest is forgotten first.
 */
import { KeyHash } from './key-hash.ts'
import { KeyMemory } from './key-memory.ts'
import type { ResponseRule } from './policies/responses.ts'

/** Numbers to a mark: two of the offence’s hash, and when it was last seen. */
const MARK = 3

export class Offences {
  readonly #maxMarks: number
  readonly #sources: KeyMemory
  readonly #hash = new KeyHash()
  /** By source, the mark seen last at the end. */
  readonly #marks: number[][] = []
  #size = 0
  #saturations = 0

  constructor(maxMarks: number) {
    this.#maxMarks = maxMarks
    // Each source has a mark at least: there is always room for one more before the marks are too many.
    this.#sources = new KeyMemory(maxMarks + 1, Infinity)
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
    const slot = this.#sources.keep(now, key)
    const before = this.#sources.before === -Infinity ? [] : (this.#marks[slot] as number[])
    this.#hash.take(what, 0, 0)
    const { high, low } = this.#hash
    const marks: number[] = []
    for (let at = 0; at < before.length; at += MARK) {
      const [markHigh, markLow, seen] = before.slice(at, at + MARK) as [number, number, number]
      if (seen > now - rule.windowMs && (markHigh !== high || markLow !== low)) marks.push(markHigh, markLow, seen)
    }
    marks.push(high, low, now)
    // A copy is as long as it has to be; a list that was pushed to has room for sixteen numbers more.
    this.#marks[slot] = marks.slice()
    this.#size += (marks.length - before.length) / MARK
    const count = marks.length / MARK
    if (count >= rule.offences) {
      this.#forget(slot)
      return count
    }
    while (this.#size > this.#maxMarks && this.#sources.oldest !== slot) {
      this.#forget(this.#sources.oldest)
      this.#saturations += 1
    }
    return undefined
  }

  forget(key: string): void {
    const slot = this.#sources.find(key)
    if (slot >= 0) this.#forget(slot)
  }

  #forget(slot: number): void {
    this.#size -= (this.#marks[slot] as number[]).length / MARK
    this.#marks[slot] = []
    this.#sources.forget(slot)
  }
}

/** Milliseconds: the rule’s first, and its factor more for each earlier block, up to its longest. */
export function blockLength(rule: Pick<ResponseRule, 'firstBlockMs' | 'factor' | 'maxBlockMs'>, earlier: number): number {
  return Math.min(rule.maxBlockMs, rule.firstBlockMs * rule.factor ** earlier)
}
