/**
 * How evenly new devices of one network come to vote. People arrive as they please, a script that waits the same time
 * between two of its devices does not. Bounded: the network heard of longest ago is forgotten.
 */
const MOST_GAPS = 32
const HORIZON_MS = 24 * 3_600_000
/** Gaps so short on average are a crowd at once: how fast they come is counted elsewhere, how evenly cannot be told. */
const SHORTEST_MEAN_MS = 20

interface Arrivals {
  lastAt: number
  /** The last of them, oldest overwritten first. */
  gaps: number[]
  next: number
}

export class ArrivalMemory {
  readonly #networks = new Map<string, Arrivals>()
  readonly #maxNetworks: number
  #saturations = 0

  constructor(maxNetworks: number) {
    this.#maxNetworks = maxNetworks
  }

  get size(): number {
    return this.#networks.size
  }

  /** Networks forgotten within a day of their last arrival, to make room. */
  get saturations(): number {
    return this.#saturations
  }

  /**
   * A device that never voted before votes from this network now. Answers how many gaps between such arrivals are known
   * and their coefficient of variation (standard deviation over mean); undefined where there is nothing to measure.
   */
  arrive(project: number, network: string, now: number): { gaps: number; variation: number } | undefined {
    const key = `${project}:${network}`
    const before = this.#networks.get(key)
    this.#networks.delete(key)
    this.#makeRoom(now)
    // A clock that steps back has measured nothing; a day of silence begins anew.
    if (before === undefined || now < before.lastAt || now - before.lastAt > HORIZON_MS) {
      this.#networks.set(key, { lastAt: now, gaps: [], next: 0 })
      return undefined
    }
    before.gaps[before.next] = now - before.lastAt
    before.next = (before.next + 1) % MOST_GAPS
    before.lastAt = now
    this.#networks.set(key, before)
    return regularityOf(before.gaps)
  }

  #makeRoom(now: number): void {
    if (this.#networks.size < this.#maxNetworks) return
    const [oldest] = this.#networks
    if (oldest === undefined) return
    if (now - oldest[1].lastAt <= HORIZON_MS) this.#saturations += 1
    this.#networks.delete(oldest[0])
  }
}

function regularityOf(gaps: readonly number[]): { gaps: number; variation: number } | undefined {
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  if (mean < SHORTEST_MEAN_MS) return undefined
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
  return { gaps: gaps.length, variation: Math.sqrt(variance) / mean }
}
