/**
 * The record step: ballots of concurrent requests are written together, one batch in flight, and each request is answered
 * only after its commit (measured: twice a bare insert per request; more batches in flight do not help).
 *
 * The queue is bounded; past it the voter is asked to come back. After a crash an unanswered vote that was committed
 * comes back as a retry, and a retry changes nothing.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ConcurrentBallot, recordBallots } from '../../db/queries/ballots.ts'
import type { DecisionRow } from '../../db/queries/decisions.ts'
import type { Tally } from '../../db/queries/tallies.ts'
import { type Pool, inTransaction, isDataError } from '../../db/queryable.ts'
import { Problem } from '../errors.ts'
import type { Ballot, Outcome } from './settle.ts'

const MAX_BATCH = 256
const MAX_ATTEMPTS = 6
/** Serialisation failure, deadlock, unique violation: another node was quicker, and the next attempt sees what it wrote. */
const RETRYABLE = new Set(['40001', '40P01', '23505'])

export interface Entry {
  ballot: Ballot
  decide(outcome: Extract<Outcome, { state: unknown }>): DecisionRow
}
interface Waiting {
  entry: Entry
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

export interface RecorderOptions {
  pool: Pool
  maxQueue: number
  onCommit(tallies: readonly Tally[]): void
}

export class Recorder {
  readonly #options: RecorderOptions
  readonly #queue: Waiting[] = []
  #running: Promise<void> | undefined
  #refusals = 0

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  get saturation(): { waiting: number; refusals: number } {
    return { waiting: this.#queue.length, refusals: this.#refusals }
  }

  record(entry: Entry): Promise<Outcome> {
    if (this.#queue.length >= this.#options.maxQueue) {
      this.#refusals += 1
      throw new Problem('overloaded', { retryAfter: 1, detail: 'More votes are waiting to be written than this server takes on.' })
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when every ballot accepted so far has been answered. */
  async drain(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      // One turn of the event loop gathers the requests that arrived together.
      await nextTurn()
      while (this.#queue.length > 0) {
        await this.#write(this.#queue.splice(0, MAX_BATCH))
        await nextTurn()
      }
    } finally {
      this.#running = undefined
    }
  }

  async #write(batch: Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#commit(batch.map(({ entry }) => entry))
      batch.forEach((waiting, index) => waiting.resolve(outcomes[index] as Outcome))
    } catch (error) {
      if (batch.length > 1 && isDataError(error)) {
        // One bad row must not fail its neighbours: halve until it stands alone.
        const half = Math.ceil(batch.length / 2)
        await this.#write(batch.slice(0, half))
        await this.#write(batch.slice(half))
        return
      }
      for (const waiting of batch) waiting.reject(error)
    }
  }

  async #commit(entries: Entry[]): Promise<Outcome[]> {
    const ballots = entries.map((entry) => entry.ballot)
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { settlement, tallies } = await inTransaction(this.#options.pool, (client) =>
          recordBallots(client, ballots, (index, { outcomes }) => {
            const outcome = outcomes[index]
            const entry = entries[index]
            if (entry === undefined || outcome === undefined || outcome.result === 'refused') throw new Error('a refused ballot has no decision')
            return entry.decide(outcome)
          }))
        this.#options.onCommit(tallies)
        return settlement.outcomes
      } catch (error) {
        if (!isRetryable(error)) throw error
        if (attempt >= MAX_ATTEMPTS) throw new Problem('overloaded', { retryAfter: 1 })
      }
    }
  }
}

const codeOf = (error: unknown): string => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}
const isRetryable = (error: unknown): boolean => error instanceof ConcurrentBallot || RETRYABLE.has(codeOf(error))
