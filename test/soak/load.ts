/**
 * Browsers that vote and do not give up: a call without an answer, or with one that says to come back, is sent again with the same
 * bytes. The load can be paused, so that what is stored can be looked at before a retry mends it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Acknowledged } from './acknowledged.ts'
import type { Call, Visit } from './visits.ts'
import { type Answer, NoAnswer, Wire } from './wire.ts'

/** Browsers wait as long as they are told; these are more impatient, to be there the moment the server is back. */
const LONGEST_WAIT_MS = 400
const MAX_EXAMPLES = 5

export interface LoadFaults {
  /** An answer that no voter may get: 500, a 503 without Retry-After, a refusal of a good vote. */
  wrong: number
  /** Calls that were neither answered nor cut off within 15 s. */
  hung: number
  examples: string[]
}

export class Load {
  readonly statuses = new Map<number, number>()
  readonly faults: LoadFaults = { wrong: 0, hung: 0, examples: [] }
  readonly #model: Acknowledged
  readonly #nextVisit: () => Visit
  readonly #workers: Promise<void>[]
  #sending = 0
  #visiting = 0
  #stage: 'running' | 'settling' | 'paused' | 'ended' = 'paused'
  #heard = 0

  constructor(options: { port: number; connections: number; model: Acknowledged; nextVisit: () => Visit }) {
    this.#model = options.model
    this.#nextVisit = options.nextVisit
    this.#workers = Array.from({ length: options.connections }, () => this.#work(new Wire(options.port)))
  }

  run(): void {
    this.#stage = 'running'
  }
  /** Nothing more is sent. Resolves when nothing is on its way any more. */
  async pause(): Promise<void> {
    this.#stage = 'paused'
    while (this.#sending > 0) await sleep(5)
  }
  /** Visits that have begun go on to their end. Resolves when every call has been acknowledged. */
  async settle(withinMs: number): Promise<void> {
    this.#stage = 'settling'
    for (const deadline = Date.now() + withinMs; this.#visiting > 0; await sleep(5)) {
      if (Date.now() > deadline) throw new Error(`${this.#model.inFlight} votes were not acknowledged within ${withinMs} ms: ${JSON.stringify([...this.statuses])}`)
    }
    await this.pause()
  }
  /** Resolves with the milliseconds until the next acknowledgement. */
  async nextAcknowledgement(withinMs: number): Promise<number> {
    const began = performance.now()
    for (const before = this.#heard; this.#heard === before; await sleep(2)) {
      if (performance.now() - began > withinMs) throw new Error(`no vote was acknowledged within ${withinMs} ms: ${JSON.stringify([...this.statuses])}`)
    }
    return performance.now() - began
  }
  async end(): Promise<void> {
    this.#stage = 'ended'
    await Promise.all(this.#workers)
  }

  async #work(wire: Wire): Promise<void> {
    while (this.#stage !== 'ended') {
      if (this.#stage !== 'running') {
        await sleep(5)
        continue
      }
      this.#visiting += 1
      for (const call of this.#nextVisit()) await this.#deliver(wire, call)
      this.#visiting -= 1
    }
    wire.close()
  }

  async #deliver(wire: Wire, call: Call): Promise<void> {
    // What was not sent before the pause is not in doubt.
    await this.#unpaused()
    const due = this.#model.begin(call)
    for (;;) {
      await this.#unpaused()
      if (this.#stage === 'ended') return
      const wait = await this.#send(wire, call, due)
      if (wait === undefined) return
      await sleep(wait * (0.5 + Math.random()))
    }
  }

  async #unpaused(): Promise<void> {
    while (this.#stage === 'paused') await sleep(5)
  }

  /** Milliseconds to wait before it is sent again; undefined: it is acknowledged. */
  async #send(wire: Wire, call: Call, due: 200 | 409): Promise<number | undefined> {
    this.#sending += 1
    try {
      const answer = await wire.send(call.request)
      this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1)
      if (answer.status === due && (due === 409 || saysSo(answer, call))) {
        this.#model.acknowledge(call)
        this.#heard += 1
        return undefined
      }
      if (isBusy(answer)) return Math.min(LONGEST_WAIT_MS, Number(answer.headers.get('retry-after')) * 1000)
      this.#blame('wrong', `${answer.status} for value ${call.value}, tier ${call.tier}: ${[...answer.headers].join(' ')} ${answer.body.slice(0, 300)}`)
      return LONGEST_WAIT_MS
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      if (error.kind === 'timeout') this.#blame('hung', error.message)
      return LONGEST_WAIT_MS / 4
    } finally {
      this.#sending -= 1
    }
  }

  #blame(what: 'wrong' | 'hung', words: string): void {
    this.faults[what] += 1
    if (this.faults.examples.length < MAX_EXAMPLES) this.faults.examples.push(`${what}: ${words}`)
  }
}

function saysSo({ body }: Answer, { value, itemId }: Call): boolean {
  const said = JSON.parse(body) as { value?: unknown; itemId?: unknown }
  return said.value === value && said.itemId === String(itemId)
}

/** Come back later, said as it has to be. */
function isBusy({ status, headers }: Answer): boolean {
  return (status === 503 || status === 429) && Number(headers.get('retry-after')) > 0
    && headers.get('content-type')?.startsWith('application/problem+json') === true
}
