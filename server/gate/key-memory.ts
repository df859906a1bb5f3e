/**
 * A bounded number of keys, each with a slot of its own, in the order they were heard of: where there is no room, the key heard
 * of longest ago gives its slot to the new one. Whoever remembers something of a key keeps it in a column by slot.
 *
 * Keys are known by 64-bit hashes (key-hash.ts) in typed arrays: 35 bytes a key, however long it is, nothing for the garbage
 * collector to walk through, and the same fraction of a microsecond whether there is room or not. Maps of texts took 130 to 420
 * bytes, and 14 to 180 µs to forget their first entry once they were full: an attacker who fills them slowed everybody down.
 * Columns grow by doubling, those that others keep by slot as well: most memories of a server stay small.
 */
import { HashIndex, fit } from './hash-index.ts'
import { KeyHash } from './key-hash.ts'

const NONE = -1
/** Places that a column has from the start. */
export const LEAST = 64

export class KeyMemory {
  readonly #hash: KeyHash
  readonly #index = new HashIndex()
  readonly #maxKeys: number
  readonly #horizonMs: number
  /** By slot: when it was heard of last, and its neighbours in that order. */
  #at = new Float64Array(LEAST)
  #older = new Int32Array(LEAST)
  #newer = new Int32Array(LEAST)
  /** Slots given out so far; those that were given back are chained through `#older`. */
  #given = 0
  #free = NONE
  #oldest = NONE
  #newest = NONE
  #saturations = 0
  /** When the key that was kept last had been heard of before; -Infinity: never. */
  before = -Infinity

  /** @param horizonMs after which nobody misses a key */
  constructor(maxKeys: number, horizonMs: number, hash: KeyHash = new KeyHash()) {
    this.#maxKeys = maxKeys
    this.#horizonMs = horizonMs
    this.#hash = hash
  }

  get size(): number {
    return this.#index.size
  }

  /** Keys forgotten within the horizon, to make room. */
  get saturations(): number {
    return this.#saturations
  }

  /** The slot of the key heard of longest ago; -1 where there is none. */
  get oldest(): number {
    return this.#oldest
  }

  /** When the key at this slot was heard of last. */
  at(slot: number): number {
    return this.#at[slot] as number
  }

  /** The slot of a key, or -1. */
  find(key: string, space = 0, part = 0): number {
    this.#hash.take(key, space, part)
    return this.#index.find(this.#hash.high, this.#hash.low)
  }

  /** The slot of a key, which is the newest now. Of a key not known (`before` is -Infinity then) the columns hold what was there. */
  keep(now: number, key: string, space = 0, part = 0): number {
    this.#hash.take(key, space, part)
    const { high, low } = this.#hash
    let slot = this.#index.find(high, low)
    if (slot === NONE) {
      slot = this.#takeSlot(now)
      this.#index.add(high, low, slot)
      this.before = -Infinity
    } else {
      this.before = this.#at[slot] as number
      if (slot !== this.#newest) this.#unlink(slot)
    }
    this.#at[slot] = now
    if (slot !== this.#newest) this.#append(slot)
    return slot
  }

  /** Gives its slot back. */
  forget(slot: number): void {
    this.#index.remove(slot)
    this.#unlink(slot)
    this.#older[slot] = this.#free
    this.#free = slot
  }

  #takeSlot(now: number): number {
    if (this.#index.size >= this.#maxKeys) {
      if (now - (this.#at[this.#oldest] as number) <= this.#horizonMs) this.#saturations += 1
      this.forget(this.#oldest)
    }
    const slot = this.#free
    if (slot === NONE) return this.#giveSlot()
    this.#free = this.#older[slot] as number
    return slot
  }

  #giveSlot(): number {
    const slot = this.#given++
    this.#at = fit(this.#at, slot, this.#maxKeys)
    this.#older = fit(this.#older, slot, this.#maxKeys)
    this.#newer = fit(this.#newer, slot, this.#maxKeys)
    return slot
  }

  #append(slot: number): void {
    this.#older[slot] = this.#newest
    this.#newer[slot] = NONE
    if (this.#newest === NONE) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
  }

  #unlink(slot: number): void {
    const older = this.#older[slot] as number
    const newer = this.#newer[slot] as number
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
  }
}
