import { fit } from './hash-index.ts'
import { KeyMemory, LEAST } from './key-memory.ts'

/**
 * Sliding counts in memory, bounded. Two aligned windows are kept and the older one fades out linearly, the usual
 * approximation (error under a tenth for steady traffic) at two numbers a key.
 */
export class Windows {
  readonly #windowMs: number
  readonly #keys: KeyMemory
  readonly #maxKeys: number
  #current = new Uint32Array(LEAST)
  #previous = new Uint32Array(LEAST)
  #slot = -1

  constructor(windowMs: number, maxKeys: number) {
    this.#windowMs = windowMs
    this.#keys = new KeyMemory(maxKeys, windowMs)
    this.#maxKeys = maxKeys
  }

  get size(): number {
    return this.#keys.size
  }

  /** Keys forgotten within a window, to make room for new ones: to be watched, since their counts began again. */
  get saturations(): number {
    return this.#keys.saturations
  }

  /**
   * Counts one and returns the total within the last window. Where there is no room, the key that was quiet for longest is
   * forgotten: leaving new keys uncounted would open the limit to everybody once somebody had filled it.
   */
  hit(key: string, now: number): number {
    // A clock stepping back stays in the slot it had: counts are kept rather than forgiven.
    this.#slot = Math.max(this.#slot, Math.floor(now / this.#windowMs))
    const place = this.#keys.keep(Math.max(now, this.#slot * this.#windowMs), key)
    this.#current = fit(this.#current, place, this.#maxKeys)
    this.#previous = fit(this.#previous, place, this.#maxKeys)
    const slotsAgo = this.#slot - Math.floor(this.#keys.before / this.#windowMs)
    if (slotsAgo > 0) {
      this.#previous[place] = slotsAgo === 1 ? (this.#current[place] as number) : 0
      this.#current[place] = 0
    }
    const count = (this.#current[place] as number) + 1
    this.#current[place] = count
    const faded = 1 - (now % this.#windowMs) / this.#windowMs
    return count + Math.floor((this.#previous[place] as number) * faded)
  }
}
