/**
 * Who does what when. Simulated: actors take turns in the order of their times and hours pass in no time, so a seed plays
 * the same every time. Real: for a server elsewhere, whose clock is its own; long waits are compressed, short ones kept.
 */
import { setTimeout as sleepFor } from 'node:timers/promises'

export interface Actor {
  /** One at a time for each actor. */
  sleep(ms: number): Promise<void>
}
export type Work = (actor: Actor) => Promise<unknown>

export interface Timeline {
  readonly simulated: boolean
  now(): number
  /** The time of a request. On a simulated clock each has a millisecond of its own, by which its traces are recognised. */
  tick(): number
  spawn(delayMs: number, work: Work): void
  /** Resolves when every actor is done; rejects with the first that failed. */
  run(): Promise<void>
}

interface Turn {
  at: number
  take(): Promise<void>
}

export class SimulatedTimeline implements Timeline {
  readonly simulated = true
  readonly #turns: Turn[] = []
  #now: number

  constructor(start: number) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  tick(): number {
    this.#now += 1
    return this.#now
  }

  spawn(delayMs: number, work: Work): void {
    let current: { resolve(): void; reject(error: unknown): void } | undefined
    const turn = (go: () => void): Promise<void> => new Promise((resolve, reject) => {
      current = { resolve, reject }
      go()
    })
    const actor: Actor = {
      sleep: (ms) => new Promise((wake) => {
        this.#add(ms, () => turn(wake))
        current?.resolve()
      }),
    }
    this.#add(delayMs, () => turn(() => {
      work(actor).then(() => current?.resolve(), (error: unknown) => current?.reject(error))
    }))
  }

  async run(): Promise<void> {
    for (let turn = this.#turns.pop(); turn !== undefined; turn = this.#turns.pop()) {
      this.#now = Math.max(this.#now, turn.at)
      await turn.take()
    }
  }

  /** Kept latest first; equal times in the order in which they were asked for. */
  #add(delayMs: number, take: () => Promise<void>): void {
    const at = this.#now + Math.max(0, Math.round(delayMs))
    let low = 0
    let high = this.#turns.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#turns[middle] as Turn).at > at) low = middle + 1
      else high = middle
    }
    this.#turns.splice(low, 0, { at, take })
  }
}

/** Kept as they are: pauses within one visit, which a server may measure. */
const SHORT_MS = 15_000
/** People are done by then; an attack that takes its time is hurried from here on, so that every class ends. */
const BUDGET_MS = 90_000
const HURRY = 50

export class RealTimeline implements Timeline {
  readonly simulated = false
  readonly #running: Promise<unknown>[] = []
  readonly #compression: number
  readonly #began = Date.now()

  /** @param compression real milliseconds are simulated ones through this */
  constructor(compression: number) {
    this.#compression = compression
  }

  now(): number {
    return Date.now()
  }

  tick(): number {
    return Date.now()
  }

  spawn(delayMs: number, work: Work): void {
    const sleep = async (ms: number): Promise<void> => {
      const real = ms <= SHORT_MS ? ms : Math.max(SHORT_MS, ms / this.#compression)
      await sleepFor(Date.now() - this.#began < BUDGET_MS ? real : real / HURRY)
    }
    this.#running.push(sleepFor(delayMs / this.#compression).then(() => work({ sleep })))
  }

  async run(): Promise<void> {
    // Actors may bring others in while they run.
    for (let done = 0; done < this.#running.length;) {
      const batch = this.#running.slice(done)
      done += batch.length
      await Promise.all(batch)
    }
  }
}
