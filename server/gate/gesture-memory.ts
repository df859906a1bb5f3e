/**
 * Which gesture came from which device first, for noticing one that is played back from another. A gesture is known by
 * its path hash, and by its figures together where enough of them are precise enough to be one person’s alone.
 *
 * The first device keeps its innocence, and may repeat itself as often as it likes: that is a retry. Bounded: the gesture
 * heard of longest ago is forgotten.
 */
import type { Signals } from '../contract/signals.ts'

const HORIZON_MS = 24 * 3_600_000

/**
 * Two people share one of these figures often, four of them never: a dwell in milliseconds, a press, a place on the
 * button. Keys and assistive technology have one or two, so their gestures are never compared.
 */
const PRECISE = ['dwellMs', 'firstInputMs', 'pressMs', 'hoverMs', 'offCentre', 'straightness'] as const satisfies readonly (keyof Signals)[]
const ENOUGH = 4

interface Gesture {
  device: string
  lastAt: number
}

export class GestureMemory {
  readonly #gestures = new Map<string, Gesture>()
  readonly #maxGestures: number
  #saturations = 0

  constructor(maxGestures: number) {
    this.#maxGestures = maxGestures
  }

  get size(): number {
    return this.#gestures.size
  }

  /** Gestures forgotten before their time, to make room. */
  get saturations(): number {
    return this.#saturations
  }

  /** Remembers the gesture; true when another device made it within a day. undefined: too little to tell gestures apart by. */
  show(project: number, device: string, signals: Signals, now: number): boolean | undefined {
    const keys = keysOf(project, signals)
    if (keys.length === 0) return undefined
    return keys.map((key) => this.#isAnothers(key, device, now)).includes(true)
  }

  #isAnothers(key: string, device: string, now: number): boolean {
    const before = this.#gestures.get(key)
    const standing = before !== undefined && now - before.lastAt <= HORIZON_MS ? before : undefined
    // Put last again with its owner: a replay dripped over days must not outlive the memory of whom it was taken from.
    this.#gestures.delete(key)
    this.#makeRoom(now)
    this.#gestures.set(key, { device: standing?.device ?? device, lastAt: now })
    return standing !== undefined && standing.device !== device
  }

  #makeRoom(now: number): void {
    if (this.#gestures.size < this.#maxGestures) return
    const [oldest] = this.#gestures
    if (oldest === undefined) return
    if (now - oldest[1].lastAt <= HORIZON_MS) this.#saturations += 1
    this.#gestures.delete(oldest[0])
  }
}

/**
 * The figures without the hash and the hash without the figures: changing one does not hide the other. Zeroes and ones are
 * not precise: they are what a figure is when there was nothing to measure.
 */
export function arePrecise(figures: readonly (number | undefined)[]): boolean {
  return figures.filter((figure) => figure !== undefined && figure !== 0 && figure !== 1).length >= ENOUGH
}

function keysOf(project: number, signals: Signals): string[] {
  const keys = signals.pathHash === undefined ? [] : [`${project}:path:${signals.pathHash}`]
  const figures = PRECISE.map((name) => signals[name])
  if (arePrecise(figures)) keys.push(`${project}:figures:${figures.join(',')}`)
  return keys
}
