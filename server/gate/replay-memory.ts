/** Which messages have come already, for as long as they could be accepted again. Bounded: the oldest is forgotten first. */
export class ReplayMemory {
  readonly #seen = new Map<string, number>()
  readonly #maxIds: number
  readonly #keptMs: number
  #saturations = 0

  constructor(maxIds: number, keptMs: number) {
    this.#maxIds = maxIds
    this.#keptMs = keptMs
  }

  get size(): number {
    return this.#seen.size
  }

  /** Messages forgotten while they could still be accepted again, to make room. */
  get saturations(): number {
    return this.#saturations
  }

  /** Takes a message down; true when it has come before. */
  show(id: string, now: number): boolean {
    const before = this.#seen.get(id)
    if (before !== undefined && now - before <= this.#keptMs) return true
    this.#seen.delete(id)
    for (const [old, at] of this.#seen) {
      if (now - at <= this.#keptMs && this.#seen.size < this.#maxIds) break
      if (now - at <= this.#keptMs) this.#saturations += 1
      this.#seen.delete(old)
    }
    this.#seen.set(id, now)
    return false
  }
}
