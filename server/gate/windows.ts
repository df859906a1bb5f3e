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

  /** Keys forgotten to make room for new ones: to be watched, since their counts began again. */
  get saturations(): number {
    return this.#saturations
  }

  /**
   * Counts one and returns the total within the last window. Where there is no room, the key that came first is forgotten:
   * leaving new keys uncounted would open the limit to everybody once somebody had filled it.
   */
  hit(key: string, now: number): number {
    this.#advance(now)
    const count = (this.#current.get(key) ?? 0) + 1
    if (count === 1 && this.#current.size >= this.#maxKeys) {
      const first = this.#current.keys().next().value
      if (first !== undefined) this.#current.delete(first)
      this.#saturations += 1
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
