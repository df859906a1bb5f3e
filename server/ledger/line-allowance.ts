/** So many lines a second and no more, and how many there would have been. Pure: time comes in. */
export class LineAllowance {
  readonly #perSecond: number
  #second = Number.NaN
  #taken = 0
  #leftOut = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Whether there is room for one more line in this second. `now` in milliseconds. */
  take(now: number): boolean {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#taken = 0
    }
    if (this.#taken < this.#perSecond) {
      this.#taken += 1
      return true
    }
    this.#leftOut += 1
    return false
  }

  /** How many were left out since this was asked last. */
  drain(): number {
    const leftOut = this.#leftOut
    this.#leftOut = 0
    return leftOut
  }
}

/** Which of many are picked, one in `1 / share` of them: the distance to the next. `random` is evenly spread from 0 to below 1. */
export const nextPick = (share: number, random: number): number => (share <= 0 ? Infinity : Math.floor(Math.log(1 - random) / Math.log(1 - share)) + 1)
