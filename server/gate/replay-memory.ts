/** Which messages have come already, for as long as they could be accepted again. Bounded: the oldest is forgotten first. */
import { KeyMemory } from './key-memory.ts'

export class ReplayMemory {
  readonly #seen: KeyMemory
  readonly #keptMs: number

  constructor(maxIds: number, keptMs: number) {
    this.#seen = new KeyMemory(maxIds, keptMs)
    this.#keptMs = keptMs
  }

  get size(): number {
    return this.#seen.size
  }

  /** Messages forgotten while they could still be accepted again, to make room. */
  get saturations(): number {
    return this.#seen.saturations
  }

  /** Takes a message down; true when it has come before. */
  show(id: string, now: number): boolean {
    const before = this.#seen.find(id)
    if (before >= 0 && now - this.#seen.at(before) <= this.#keptMs) return true
    while (this.#seen.oldest >= 0 && now - this.#seen.at(this.#seen.oldest) > this.#keptMs) this.#seen.forget(this.#seen.oldest)
    this.#seen.keep(now, id)
    return false
  }
}
