/**
 * Which gesture came from which device first, for noticing one that is played back from another. A gesture is known by
 * its path hash, and by its figures together where enough of them are precise enough to be one person’s alone.
 *
 * The first device keeps its innocence, and may repeat itself as often as it likes: that is a retry. Bounded: the gesture
 * heard of longest ago is forgotten.
 */
import type { Signals } from '../contract/signals.ts'
import { fit } from './hash-index.ts'
import { KeyHash } from './key-hash.ts'
import { KeyMemory, LEAST } from './key-memory.ts'

const HORIZON_MS = 24 * 3_600_000

/**
 * Two people share one of these figures often, four of them never: a dwell in milliseconds, a press, a place on the
 * button. Keys and assistive technology have one or two, so their gestures are never compared.
 */
const PRECISE = ['dwellMs', 'firstInputMs', 'pressMs', 'hoverMs', 'offCentre', 'straightness'] as const satisfies readonly (keyof Signals)[]
const ENOUGH = 4

export class GestureMemory {
  readonly #gestures: KeyMemory
  readonly #maxGestures: number
  readonly #hash = new KeyHash()
  /** Of the first device, by gesture. */
  #high = new Int32Array(LEAST)
  #low = new Int32Array(LEAST)

  constructor(maxGestures: number) {
    this.#gestures = new KeyMemory(maxGestures, HORIZON_MS)
    this.#maxGestures = maxGestures
  }

  get size(): number {
    return this.#gestures.size
  }

  /** Gestures forgotten before their time, to make room. */
  get saturations(): number {
    return this.#gestures.saturations
  }

  /** Remembers the gesture; true when another device made it within a day. undefined: too little to tell gestures apart by. */
  show(project: number, device: string, signals: Signals, now: number): boolean | undefined {
    const keys = gestureKeys(project, signals)
    if (keys.length === 0) return undefined
    this.#hash.take(device, 0, 0)
    return keys.map((key) => this.#isAnothers(key, now)).includes(true)
  }

  /** The device is the one that was hashed last. */
  #isAnothers(key: string, now: number): boolean {
    // The newest again, with its owner: a replay dripped over days must not outlive the memory of whom it was taken from.
    const slot = this.#gestures.keep(now, key)
    this.#high = fit(this.#high, slot, this.#maxGestures)
    this.#low = fit(this.#low, slot, this.#maxGestures)
    const { high, low } = this.#hash
    if (now - this.#gestures.before <= HORIZON_MS) return high !== this.#high[slot] || low !== this.#low[slot]
    this.#high[slot] = high
    this.#low[slot] = low
    return false
  }
}

/**
 * The figures without the hash and the hash without the figures: changing one does not hide the other. Zeroes and ones are
 * not precise: they are what a figure is when there was nothing to measure.
 */
export function arePrecise(figures: readonly (number | undefined)[]): boolean {
  return figures.filter((figure) => figure !== undefined && figure !== 0 && figure !== 1).length >= ENOUGH
}

/** By which a gesture is known; none where there is too little of it. */
export function gestureKeys(project: number, signals: Signals): string[] {
  const keys = signals.pathHash === undefined ? [] : [`${project}:path:${signals.pathHash}`]
  const figures = PRECISE.map((name) => signals[name])
  if (arePrecise(figures)) keys.push(`${project}:figures:${figures.join(',')}`)
  return keys
}
