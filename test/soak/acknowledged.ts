/**
 * What the server has acknowledged, and what it may have done besides: a model of what must be stored. A call that was sent and not
 * answered is in doubt: what it changes may be there or not, until its retry is acknowledged.
 */
import type { Call } from './visits.ts'

export interface Expected {
  value: 0 | 1
  superseded: boolean
  /** Recorded changes, each of which has a decision. */
  decisions: number
  /** null: it never took, or waited for, a seat. */
  bucket: string | null
  itemId: number
  holder: string
}

/** `<item>:<voter>`, as the moderation API names a vote. */
export const keyOf = (itemId: number, voter: string): string => `${itemId}:${voter}`

type Changes = Map<string, Expected>
/** What a key may hold instead of what the model says: undefined, nothing at all. */
export type Doubts = ReadonlyMap<string, readonly Expected[]>

export class Acknowledged {
  readonly rows = new Map<string, Expected>()
  readonly #inFlight = new Set<Call>()
  #calls = 0

  get calls(): number {
    return this.#calls
  }
  get inFlight(): number {
    return this.#inFlight.size
  }

  /** It is about to be sent for the first time. Returns the status it must be answered with in the end. */
  begin(call: Call): 200 | 409 {
    this.#inFlight.add(call)
    return this.#isRefused(call) ? 409 : 200
  }

  /** It was answered: what it says is so from now on. */
  acknowledge(call: Call): void {
    this.#inFlight.delete(call)
    this.#calls += 1
    for (const [key, row] of this.#changesOf(call)) this.rows.set(key, row)
  }

  /** What calls without an answer may have made of their keys. */
  doubts(): Doubts {
    const doubts = new Map<string, Expected[]>()
    for (const call of this.#inFlight) {
      for (const [key, row] of this.#changesOf(call)) doubts.set(key, [...(doubts.get(key) ?? []), row])
    }
    return doubts
  }

  #isRefused({ itemId, voter }: Call): boolean {
    return this.rows.get(keyOf(itemId, voter))?.superseded === true
  }

  /** Set semantics, and a verified vote stands in place of its device’s: README, “What happens to a vote”. */
  #changesOf(call: Call): Changes {
    const { itemId, voter, value, tier, bucket, holder } = call
    const changes: Changes = new Map()
    if (this.#isRefused(call)) return changes
    const row = this.rows.get(keyOf(itemId, voter))
    const behind = tier === 'v' ? this.rows.get(keyOf(itemId, call.device)) : undefined
    const takesBack = behind !== undefined && behind.value === 1 && !behind.superseded
    if (row === undefined && value === 0 && !takesBack) return changes
    if (row === undefined) {
      changes.set(keyOf(itemId, voter), { value, superseded: false, decisions: 1, bucket: tier === 'd' ? bucket : null, itemId, holder })
    } else if (row.value !== value) {
      changes.set(keyOf(itemId, voter), { ...row, value, decisions: row.decisions + 1 })
    }
    if (tier === 'v' && behind?.superseded !== true) {
      const given: Expected = { value: 0, superseded: false, decisions: 0, bucket: null, itemId, holder }
      changes.set(keyOf(itemId, call.device), { ...(behind ?? given), superseded: true })
    }
    return changes
  }
}
