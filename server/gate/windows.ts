/**
 * Sliding counts in memory, bounded. Two aligned windows are kept and the older one fades out linearly, the usual
 * approximation (error under a tenth for steady traffic) at two numbers a key.
 */
export class Windows {
  readonly #windowMs: number
  readonly #maxKeys: number
  #slot = -1
  #current = new Map<string, number>()
  #previous = new Map<string, number>()
  #saturations = 0

  constructor(windowMs: number, maxKeys: number) {
    this.#windowMs = windowMs
    this.#maxKeys = maxKeys
  }

  get size(): number {
    return this.#current.size + this.#previous.size
  }

  /** Hits that found no room for a new key: to be watched, since those keys were not counted. */
  get saturations(): number {
    return this.#saturations
  }

  /** Counts one and returns the total within the last window; undefined when there is no room to count a new key. */
  hit(key: string, now: number): number | undefined {
    this.#advance(now)
    const count = (this.#current.get(key) ?? 0) + 1
    if (count === 1 && this.#current.size >= this.#maxKeys) {
      this.#saturations += 1
      return undefined
    }
    this.#current.set(key, count)
    const faded = 1 - (now % this.#windowMs) / this.#windowMs
    return count + Math.floor((this.#previous.get(key) ?? 0) * faded)
  }

  #advance(now: number): void {
    const slot = Math.floor(now / this.#windowMs)
    // A clock stepping back stays in the slot it has: counts are kept rather than forgiven.
    if (slot <= this.#slot) return
    this.#previous = slot === this.#slot + 1 ? this.#current : new Map()
    this.#current = new Map()
    this.#slot = slot
  }
}
