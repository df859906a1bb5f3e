/**
 * How much was asked of this server, in steps aligned to the clock. Pure: time comes in, lines go out.
 *
 * A line always carries its whole count, never what was added since: writing it twice, or after a commit whose answer was lost,
 * changes nothing. It leaves memory once it is written and its step is over.
 */
import { endpointOf } from './endpoint.ts'
import { latencyBucket, noLatency } from './latency.ts'

export interface Counted {
  projectId: number
  method: string
  /** Of the route; undefined where none matched. */
  route: string | undefined
  statusCode: number
  /** `operator:<token id>`; '': anybody */
  actor: string
  /** Only kept where there is an actor. */
  ipAddress: string
  records: number
  durationMs: number
  /** What became of a proof of who asked: a user’s token, an operator’s token or password. undefined: none was brought. */
  proof?: 'accepted' | 'refused' | undefined
}

export interface TrafficLine {
  projectId: number
  occurredAt: number
  endpoint: string
  /** The status class: 2, 3, 4 or 5. */
  status: number
  actor: string
  ipAddress: string | null
  requests: number
  records: number
  durationMs: number
  /** Of `requests`: answered 401, 403 or 429. */
  denied: number
  accepted: number
  refused: number
  /** By LATENCY_BOUNDS_MS. */
  latency: number[]
}
/** Not who they should be, not from there, or too often: all of them a no, unlike a 400, 404 or 409. */
const DENIALS: ReadonlySet<number> = new Set([401, 403, 429])

interface Held extends TrafficLine {
  /** What of `requests` the database has. */
  written: number
}

export interface TrafficLimits {
  stepMs: number
  /** Lines held at once, written or not; past it they fold into one per project and status class, and past twice of it they are lost. */
  maxLines: number
}

export class TrafficCounter {
  readonly #limits: TrafficLimits
  /** By step, then by what is counted. */
  readonly #steps = new Map<number, Map<string, Held>>()
  #current: { at: number; lines: Map<string, Held> } = { at: Number.NaN, lines: new Map() }
  #size = 0
  #folded = 0
  #lost = 0

  constructor(limits: TrafficLimits) {
    this.#limits = limits
  }

  /** `lines` held, requests that were `folded` for want of room, and requests that were `lost`. */
  get saturation(): { lines: number; folded: number; lost: number } {
    return { lines: this.#size, folded: this.#folded, lost: this.#lost }
  }

  count(counted: Counted, now: number): void {
    this.#enter(now)
    const status = Math.floor(counted.statusCode / 100)
    const { projectId, method, route, actor } = counted
    // Every answer comes by here: one text and one look-up, and the endpoint’s name only when the line is new.
    const line = this.#current.lines.get(`${projectId} ${status} ${actor} ${method} ${route ?? ''}`)
      ?? this.#open(counted, status)
    if (line === undefined) {
      this.#lost += 1
      return
    }
    addTo(line, counted.durationMs)
    line.records += counted.records
    if (DENIALS.has(counted.statusCode)) line.denied += 1
    if (counted.proof !== undefined) line[counted.proof] += 1
    if (actor !== '') line.ipAddress = counted.ipAddress
  }

  /** Counts answers that differ in nothing but how long they took, and were not denied: it finds their line once in a step. */
  tally(counted: Omit<Counted, 'durationMs'>): (durationMs: number, now: number) => void {
    let step: Map<string, Held> | undefined
    let line: Held | undefined
    const status = Math.floor(counted.statusCode / 100)
    const key = `${counted.projectId} ${status} ${counted.actor} ${counted.method} ${counted.route ?? ''}`
    return (durationMs, now) => {
      const lines = this.#enter(now)
      if (lines !== step || line === undefined) {
        line = lines.get(key)
        step = lines
      }
      if (line === undefined) this.count({ ...counted, durationMs }, now)
      else addTo(line, durationMs)
    }
  }

  /**
   * Lines the database does not have as they are: copies, for counting goes on while they are written. `settle` once they have
   * been; without it they are due again.
   */
  due(): { lines: TrafficLine[]; settle: (now: number) => void } {
    const due = [...this.#steps.values()].flatMap((step) => [...step.values()]).filter(({ requests, written }) => requests > written)
    const lines = due.map(({ written: _written, latency, ...line }) => ({ ...line, latency: [...latency] }))
    return {
      lines,
      settle: (now) => {
        for (const [index, held] of due.entries()) held.written = lines[index]?.requests ?? 0
        this.#forget(now)
      },
    }
  }

  #forget(now: number): void {
    for (const [at, step] of this.#steps) {
      if (at + this.#limits.stepMs > now) continue
      for (const [key, line] of step) {
        if (line.requests > line.written) continue
        step.delete(key)
        this.#size -= 1
      }
      if (step.size === 0) this.#steps.delete(at)
    }
    // A step that was dropped must not be counted into.
    this.#current = { at: Number.NaN, lines: new Map() }
  }

  #open({ projectId, method, route, actor }: Counted, status: number): Held | undefined {
    const { at, lines } = this.#current
    const fold = this.#size >= this.#limits.maxLines
    const key = fold ? `${projectId} ${status} *` : `${projectId} ${status} ${actor} ${method} ${route ?? ''}`
    if (fold) {
      const open = lines.get(key)
      if (open === undefined && this.#size >= 2 * this.#limits.maxLines) return undefined
      this.#folded += 1
      if (open !== undefined) return open
    }
    const line: Held = {
      projectId, occurredAt: at, endpoint: fold ? '*' : endpointOf(method, route), status, actor: fold ? '' : actor, ipAddress: null,
      requests: 0, records: 0, durationMs: 0, denied: 0, accepted: 0, refused: 0, latency: noLatency(), written: 0,
    }
    lines.set(key, line)
    this.#size += 1
    return line
  }

  /** The lines of this moment. */
  #enter(now: number): Map<string, Held> {
    const at = now - (now % this.#limits.stepMs)
    if (this.#current.at !== at) this.#current = { at, lines: this.#step(at) }
    return this.#current.lines
  }

  #step(at: number): Map<string, Held> {
    let step = this.#steps.get(at)
    if (step === undefined) this.#steps.set(at, (step = new Map()))
    return step
  }
}

function addTo(line: Held, durationMs: number): void {
  line.requests += 1
  line.durationMs += durationMs
  const bucket = latencyBucket(durationMs)
  line.latency[bucket] = (line.latency[bucket] ?? 0) + 1
}
