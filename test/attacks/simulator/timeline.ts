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
  /** Something happened that a server watches for. */
  stir(): void
  spawn(delayMs: number, work: Work): void
  /** Resolves when every actor is done; rejects with the first that failed. */
  run(): Promise<void>
  /** Nobody does anything for so long; whoever watches looks every so often. In real time it does not wait. */
  pass(ms: number, everyMs: number): Promise<void>
  /** By the server’s clock. */
  wait(ms: number): Promise<void>
}

interface Turn {
  at: number
  take(): Promise<void>
}

/** So long after something happened whoever watches looks again, and so often where nothing does. */
const WATCH_MS = 1000
const IDLE_WATCH_MS = 600_000

export class SimulatedTimeline implements Timeline {
  readonly simulated = true
  readonly #turns: Turn[] = []
  #now: number
  #watched: number
  #stirred = false
  /** What a server does by itself, at its own intervals, while time passes. */
  watch: (() => Promise<void>) | undefined
  looks = 0

  constructor(start: number) {
    this.#now = start
    this.#watched = start
  }

  stir(): void {
    this.#stirred = true
  }

  async pass(ms: number, everyMs: number): Promise<void> {
    for (const end = this.#now + ms; this.#now < end;) {
      this.#now = Math.min(end, this.#now + everyMs)
      await this.#look()
    }
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

  wait(ms: number): Promise<void> {
    return this.pass(ms, ms)
  }

  async run(): Promise<void> {
    for (let turn = this.#turns.pop(); turn !== undefined; turn = this.#turns.pop()) {
      await this.#watchUntil(turn.at)
      this.#now = Math.max(this.#now, turn.at)
      await turn.take()
    }
    await this.#look()
  }

  async #watchUntil(next: number): Promise<void> {
    for (;;) {
      const due = this.#watched + (this.#stirred ? WATCH_MS : IDLE_WATCH_MS)
      if (due > next) return
      this.#now = Math.max(this.#now, due)
      await this.#look()
    }
  }

  async #look(): Promise<void> {
    this.#watched = this.#now
    this.#stirred = false
    this.looks += 1
    await this.watch?.()
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

  stir(): void {
    // A server elsewhere watches by itself.
  }

  async pass(): Promise<void> {
    // Nobody waits a day for a table.
  }

  async wait(ms: number): Promise<void> {
    await sleepFor(ms)
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
