/**
 * Who shows which sign. Almost every sign of an honest crowd is one person’s or a few people’s: as long as they are so few, the
 * voters’ slots are all that is kept, 40 bytes a sign. Whoever is one more makes it a group that is counted (groups.ts), which
 * takes ten times as much, and only their number is kept here.
 */
import { HashIndex, lengthened } from '../../gate/hash-index.ts'
import { KeyHash } from '../../gate/key-hash.ts'

/** So many voters of one sign are remembered one by one. */
export const MOST_FEW = 3
const NONE = -1

export class Sharers {
  readonly #hash = new KeyHash()
  readonly #index = new HashIndex()
  /** Of each sign: its voters’ slots plus one, 0 where there is none. Of one that is counted, the first is the number of its voters, below zero. */
  #voters = new Int32Array(64 * MOST_FEW)
  #given = 0
  readonly #free: number[] = []

  /** Signs somebody shows. */
  get size(): number {
    return this.#index.size
  }

  /** The number of a sign; -1: nobody shows it. */
  find(projectId: number, kind: number, matches: string): number {
    this.#hash.take(matches, projectId, kind)
    return this.#index.find(this.#hash.high, this.#hash.low)
  }

  /** The same, and of a sign that is new a number it will have until nobody shows it. */
  take(projectId: number, kind: number, matches: string): number {
    const known = this.find(projectId, kind, matches)
    if (known !== NONE) return known
    const sign = this.#free.pop() ?? this.#given++
    if ((sign + 1) * MOST_FEW > this.#voters.length) this.#voters = lengthened(this.#voters, (sign + 1) * MOST_FEW)
    this.#index.add(this.#hash.high, this.#hash.low, sign)
    return sign
  }

  isCounted(sign: number): boolean {
    return (this.#voters[sign * MOST_FEW] as number) < 0
  }

  /** The slots of its voters, as long as it is not counted. */
  few(sign: number): number[] {
    const first = sign * MOST_FEW
    return [...this.#voters.subarray(first, first + MOST_FEW)].filter((entry) => entry > 0).map((entry) => entry - 1)
  }

  /** It is counted from now on. */
  count(sign: number): void {
    const voters = this.few(sign).length
    const first = sign * MOST_FEW
    this.#voters.fill(0, first, first + MOST_FEW)
    this.#voters[first] = -voters
  }

  /** Adds a voter who does not show it yet. Of a sign that is not counted there may be MOST_FEW. */
  join(sign: number, voter: number): void {
    let place = sign * MOST_FEW
    if ((this.#voters[place] as number) < 0) {
      this.#voters[place] = (this.#voters[place] as number) - 1
      return
    }
    while (this.#voters[place] !== 0) place += 1
    this.#voters[place] = voter + 1
  }

  /** Takes a voter who shows it away; true when nobody is left, and the sign’s number is free. */
  leave(sign: number, voter: number): boolean {
    const first = sign * MOST_FEW
    if (this.isCounted(sign)) this.#voters[first] = (this.#voters[first] as number) + 1
    else {
      for (let place = first; place < first + MOST_FEW; place += 1) {
        if (this.#voters[place] === voter + 1) this.#voters[place] = 0
      }
    }
    for (let place = first; place < first + MOST_FEW; place += 1) if (this.#voters[place] !== 0) return false
    this.#index.remove(sign)
    this.#free.push(sign)
    return true
  }
}
