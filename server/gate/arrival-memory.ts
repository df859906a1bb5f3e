/**
 * How evenly new devices of one network come to vote. People arrive as they please, a script that waits the same time
 * between two of its devices does not. Bounded: the network heard of longest ago is forgotten.
 */
import { fit } from './hash-index.ts'
import { KeyMemory, LEAST } from './key-memory.ts'

const MOST_GAPS = 32
/** To a sheet, which is 32 KB then. */
const ROWS = 256
const HORIZON_MS = 24 * 3_600_000
/** Gaps so short on average are a crowd at once: how fast they come is counted elsewhere, how evenly cannot be told. */
const SHORTEST_MEAN_MS = 20

export class ArrivalMemory {
  readonly #networks: KeyMemory
  readonly #maxNetworks: number
  /** By network: how many gaps were measured, up to twice as many as are kept, and its row of them plus one, 0 for none. */
  #measured = new Uint8Array(LEAST)
  #row = new Int32Array(LEAST)
  /** Rows, so many to a sheet: the last gaps in milliseconds, oldest overwritten first. Of most networks nobody comes twice. */
  readonly #sheets: Int32Array[] = []
  #rows = 0

  constructor(maxNetworks: number) {
    this.#networks = new KeyMemory(maxNetworks, HORIZON_MS)
    this.#maxNetworks = maxNetworks
  }

  get size(): number {
    return this.#networks.size
  }

  /** Networks forgotten within a day of their last arrival, to make room. */
  get saturations(): number {
    return this.#networks.saturations
  }

  /**
   * A device that never voted before votes from this network now. Answers how many gaps between such arrivals are known
   * and their coefficient of variation (standard deviation over mean); undefined where there is nothing to measure.
   */
  arrive(project: number, network: string, now: number): { gaps: number; variation: number } | undefined {
    const slot = this.#networks.keep(now, network, project)
    const { before } = this.#networks
    this.#measured = fit(this.#measured, slot, this.#maxNetworks)
    // A clock that steps back has measured nothing; a day of silence begins anew.
    if (now < before || now - before > HORIZON_MS) {
      this.#measured[slot] = 0
      return undefined
    }
    const measured = this.#measured[slot] as number
    const gaps = this.#gapsOf(slot)
    gaps[measured % MOST_GAPS] = now - before
    this.#measured[slot] = measured + 1 < 2 * MOST_GAPS ? measured + 1 : MOST_GAPS
    return regularityOf(gaps.subarray(0, Math.min(MOST_GAPS, measured + 1)))
  }

  /** A slot keeps its row, whichever network it goes to. */
  #gapsOf(slot: number): Int32Array {
    this.#row = fit(this.#row, slot, this.#maxNetworks)
    if (this.#row[slot] === 0) {
      if (this.#rows % ROWS === 0) this.#sheets.push(new Int32Array(ROWS * MOST_GAPS))
      this.#row[slot] = this.#rows += 1
    }
    const row = (this.#row[slot] as number) - 1
    const first = (row % ROWS) * MOST_GAPS
    return (this.#sheets[Math.floor(row / ROWS)] as Int32Array).subarray(first, first + MOST_GAPS)
  }
}

function regularityOf(gaps: Int32Array): { gaps: number; variation: number } | undefined {
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  if (mean < SHORTEST_MEAN_MS) return undefined
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
  return { gaps: gaps.length, variation: Math.sqrt(variance) / mean }
}
