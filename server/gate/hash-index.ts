/**
 * From a 64-bit hash to the number of a slot, in typed arrays: 14 to 24 bytes a hash where a Map takes 60 to 100 and the text of
 * its key. Open addressing with linear probing; a hash that goes is closed up behind, so nothing decays with use. Grows by
 * doubling. Whoever uses it gives out the slots.
 */
const LEAST = 64

export class HashIndex {
  /** By slot. */
  #high = new Int32Array(LEAST)
  #low = new Int32Array(LEAST)
  /** By place: a slot plus one, 0 for none. At most half of it is taken. */
  #places = new Int32Array(2 * LEAST)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The slot, or -1. */
  find(high: number, low: number): number {
    const places = this.#places
    const mask = places.length - 1
    for (let place = low & mask; ; place = (place + 1) & mask) {
      const slot = (places[place] as number) - 1
      if (slot < 0 || (this.#low[slot] === low && this.#high[slot] === high)) return slot
    }
  }

  /** Puts a hash that is not in it at a slot that has none. */
  add(high: number, low: number, slot: number): void {
    if (slot >= this.#high.length) {
      this.#high = lengthened(this.#high, slot + 1)
      this.#low = lengthened(this.#low, slot + 1)
    }
    this.#high[slot] = high
    this.#low[slot] = low
    this.#size += 1
    if (this.#size * 2 > this.#places.length) this.#spread()
    this.#put(slot)
  }

  remove(slot: number): void {
    const places = this.#places
    const mask = places.length - 1
    let gap = (this.#low[slot] as number) & mask
    while (places[gap] !== slot + 1) gap = (gap + 1) & mask
    this.#size -= 1
    // Whoever stands behind the gap and belongs at it or before it moves up into it.
    for (let place = (gap + 1) & mask; ; place = (place + 1) & mask) {
      const moved = (places[place] as number) - 1
      if (moved < 0) break
      const home = (this.#low[moved] as number) & mask
      if (((place - home) & mask) < ((place - gap) & mask)) continue
      places[gap] = moved + 1
      gap = place
    }
    places[gap] = 0
  }

  #put(slot: number): void {
    const places = this.#places
    const mask = places.length - 1
    let place = (this.#low[slot] as number) & mask
    while (places[place] !== 0) place = (place + 1) & mask
    places[place] = slot + 1
  }

  #spread(): void {
    const before = this.#places
    this.#places = new Int32Array(2 * before.length)
    // The new slot is not among them yet.
    for (const taken of before) if (taken !== 0) this.#put(taken - 1)
  }
}

type Column = Int32Array | Uint32Array | Float64Array | Uint8Array

/** A copy of a column, at least so long; twice as long as it was where `most` allows, so that growing costs little in all. */
export function lengthened<Kind extends Column>(column: Kind, least: number, most = Infinity): Kind {
  const longer = new (column.constructor as new (length: number) => Kind)(Math.max(Math.min(2 * column.length, most), least))
  longer.set(column)
  return longer
}

/** The column itself, or one that has a place for this slot as well: `column = fit(column, slot, most)`. */
export const fit = <Kind extends Column>(column: Kind, slot: number, most: number): Kind =>
  slot < column.length ? column : lengthened(column, slot + 1, most)
