/**
 * Requests of a source within a window that begins with its first one, bounded: what the routes’ limits count by. Where nodes
 * count together, what the others counted is learned here, so that the limit holds on when they cannot be asked.
 */
import { fit } from './hash-index.ts'
import { KeyMemory, LEAST } from './key-memory.ts'

export class LimitMemory {
  /** The one asked for longest ago is forgotten first. In a Map, fifty thousand took 9 MB of the heap, and each new one 18 µs. */
  readonly #keys: KeyMemory
  readonly #maxKeys: number
  /** By key. */
  #counts = new Float64Array(LEAST)
  #endsAt = new Float64Array(LEAST)
  #saturations = 0

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
    this.#keys = new KeyMemory(maxKeys, Infinity)
  }

  get size(): number {
    return this.#keys.size
  }

  /** Keys forgotten while their window ran, to make room: their counts began again. */
  get saturations(): number {
    return this.#saturations
  }

  /** Counts one; answers the count and the milliseconds until it is forgotten. */
  hit(key: string, windowMs: number, now: number): { current: number; ttl: number } {
    if (this.#keys.size >= this.#maxKeys && (this.#endsAt[this.#keys.oldest] as number) > now && this.#keys.find(key) < 0) this.#saturations += 1
    const slot = this.#keys.keep(now, key)
    this.#counts = fit(this.#counts, slot, this.#maxKeys)
    this.#endsAt = fit(this.#endsAt, slot, this.#maxKeys)
    if (this.#keys.before === -Infinity || (this.#endsAt[slot] as number) <= now) {
      this.#counts[slot] = 0
      this.#endsAt[slot] = now + windowMs
    }
    const current = (this.#counts[slot] as number) + 1
    this.#counts[slot] = current
    return { current, ttl: (this.#endsAt[slot] as number) - now }
  }

  /** What all nodes together counted. A count below ours has forgotten something, and tells us nothing. */
  learn(key: string, current: number, ttl: number, now: number): void {
    const slot = this.#keys.find(key)
    if (slot < 0 || current < (this.#counts[slot] as number)) return
    this.#counts[slot] = current
    this.#endsAt[slot] = now + ttl
  }
}
