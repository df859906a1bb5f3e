/**
 * The record step: ballots of concurrent requests are written together, one batch in flight, and each request is answered
 * only after its commit. Where all of a batch are first votes, as far as anybody can tell, that is one statement; otherwise what they
 * touch is locked and looked at before it is written. Two batches in flight were slower by a fifth at 128 connections and by a quarter at 16 (measured): they are
 * smaller, and what a batch costs by itself is paid more often.
 *
 * The queue is bounded; past it the voter is asked to come back. After a crash an unanswered vote that was committed
 * comes back as a retry, and a retry changes nothing.
 *
 * A ballot for an item that is being merged waits its turn beside the queue: nobody else’s waits with it.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { type RecordedBatch, recordBallots } from '../../db/queries/ballots.ts'
import type { DecisionRow } from '../../db/queries/decisions.ts'
import { isNotFirst, recordFirstBallots } from '../../db/queries/first-ballots.ts'
import type { Tally } from '../../db/queries/tallies.ts'
import { type Pool, isDataError, isUnanswered } from '../../db/queryable.ts'
import { Problem } from '../errors.ts'
import { KeyMemory } from './key-memory.ts'
import type { Ballot, Outcome } from './settle.ts'

const MAX_BATCH = 256
const MAX_ATTEMPTS = 6
const MAX_MET = 100_000
/** Batches that are looked at first after one that turned out not to be made of first ballots alone. */
const CAUTION = 4
/** Serialisation failure, deadlock, unique violation: another node was quicker, and the next attempt sees what it wrote. */
const RETRYABLE = new Set(['40001', '40P01', '23505'])
/** How long a ballot waits before it is seen whether the merge of its item is over, and how often: ten seconds. */
const MERGE_PAUSE_MS = 25
const MAX_PAUSES = 400

export interface Entry {
  ballot: Ballot
  /** Nothing speaks for this voter having voted for the item before. What is wrong about that costs time, and nothing else. */
  first?: boolean
  decide(outcome: Extract<Outcome, { state: unknown }>): DecisionRow
}
interface Waiting {
  entry: Entry
  /** Of the vote and the seat it is about. */
  keys: readonly string[]
  /** How often its item was found to be merging. */
  postponed: number
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
  #queue: Waiting[] = []
  readonly #postponed: Waiting[] = []
  #running: Promise<void> | undefined
  #refusals = 0
  #caution = 0
  /** Votes and seats this node has written lately: what is about one of them again is no first vote. */
  readonly #met = new KeyMemory(MAX_MET, 0)

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  get saturation(): { waiting: number; refusals: number } {
    return { waiting: this.#waiting, refusals: this.#refusals }
  }

  get #waiting(): number {
    return this.#queue.length + this.#postponed.length
  }

  record(entry: Entry): Promise<Outcome> {
    if (this.#waiting >= this.#options.maxQueue) {
      this.#refusals += 1
      throw new Problem('overloaded', { retryAfter: 1, detail: 'More votes are waiting to be written than this server takes on.' })
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, keys: keysOf(entry.ballot), postponed: 0, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when every ballot accepted so far has been answered. */
  async drain(): Promise<void> {
    await this.#running
    await nextTurn()
  }

  async #run(): Promise<void> {
    try {
      // One turn of the event loop gathers the requests that arrived together.
      await nextTurn()
      let lookAgainAt = 0
      while (this.#waiting > 0) {
        if (this.#postponed.length > 0) {
          if (this.#queue.length === 0) await sleep(MERGE_PAUSE_MS)
          if (this.#queue.length === 0 || performance.now() >= lookAgainAt) {
            this.#queue.unshift(...this.#postponed.splice(0))
            lookAgainAt = performance.now() + MERGE_PAUSE_MS
          }
        }
        await this.#write(this.#take())
        // What came meanwhile is on its way before anybody is answered; where nothing did, the answers bring the next.
        if (this.#queue.length === 0) await nextTurn()
      }
    } finally {
      this.#running = undefined
    }
  }

  /** First votes and others apart, so that one retry does not slow a whole batch down; what concerns the same vote stays in its order. */
  #take(): Waiting[] {
    const [head] = this.#queue
    if (head === undefined || this.#caution > 0) return this.#queue.splice(0, MAX_BATCH)
    const first = this.#isFirst(head)
    const batch: Waiting[] = []
    const left: Waiting[] = []
    const before = new Set<string>()
    for (const [index, waiting] of this.#queue.entries()) {
      // A full queue is not gone through for each batch.
      if (batch.length === MAX_BATCH) {
        this.#queue = left.concat(this.#queue.slice(index))
        return batch
      }
      if (this.#isFirst(waiting) === first && !waiting.keys.some((key) => before.has(key))) {
        batch.push(waiting)
      } else {
        left.push(waiting)
        for (const key of waiting.keys) before.add(key)
      }
    }
    this.#queue = left
    return batch
  }

  #isFirst({ entry: { first, ballot }, keys }: Waiting): boolean {
    return first === true && ballot.value === 1 && keys.every((key) => this.#met.find(key) < 0)
  }

  async #write(batch: Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#commit(batch)
      const answers = batch.flatMap((waiting, index) => this.#answerTo(waiting, outcomes[index] as Outcome))
      // Answering them takes its time: the next batch goes out first, so that PostgreSQL need not wait for it.
      setImmediate(() => {
        for (const answer of answers) answer()
      })
    } catch (error) {
      if (batch.length > 1 && isDataError(error)) {
        // One bad row must not fail its neighbours: halve until it stands alone.
        const half = Math.ceil(batch.length / 2)
        await this.#write(batch.slice(0, half))
        await this.#write(batch.slice(half))
        return
      }
      // Whoever waits behind a database that does not answer need not wait for that as well, one batch after the other.
      const refused = isUnanswered(error) ? [...batch, ...this.#queue.splice(0), ...this.#postponed.splice(0)] : batch
      for (const waiting of refused) waiting.reject(error)
    }
  }

  /** None where the item is being merged: then it waits beside the queue. */
  #answerTo(waiting: Waiting, outcome: Outcome): (() => void)[] {
    if (outcome.result !== 'refused' || outcome.because !== 'merging') return [() => waiting.resolve(outcome)]
    if (waiting.postponed >= MAX_PAUSES) {
      return [() => waiting.reject(new Problem('overloaded', { retryAfter: 1, detail: 'The item is being merged.' }))]
    }
    this.#postponed.push({ ...waiting, postponed: waiting.postponed + 1 })
    return []
  }

  async #commit(batch: readonly Waiting[]): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { settlement, tallies } = await this.#store(batch)
        for (const { keys } of batch) for (const key of keys) this.#met.keep(0, key)
        this.#options.onCommit(tallies)
        return settlement.outcomes
      } catch (error) {
        if (!isRetryable(error)) throw error
        if (attempt >= MAX_ATTEMPTS) throw new Problem('overloaded', { retryAfter: 1 })
      }
    }
  }

  async #store(batch: readonly Waiting[]): Promise<RecordedBatch> {
    const { pool } = this.#options
    const ballots = batch.map(({ entry }) => entry.ballot)
    const decisionOf = (index: number, { outcomes }: { outcomes: readonly Outcome[] }): DecisionRow => {
      const outcome = outcomes[index]
      const entry = batch[index]?.entry
      if (entry === undefined || outcome === undefined || outcome.result === 'refused') throw new Error('a refused ballot has no decision')
      return entry.decide(outcome)
    }
    if (this.#caution === 0 && batch.every((waiting) => this.#isFirst(waiting))) {
      try {
        return await recordFirstBallots(pool, ballots, decisionOf)
      } catch (error) {
        if (!isNotFirst(error)) throw error
        this.#caution = CAUTION
      }
    }
    this.#caution = Math.max(0, this.#caution - 1)
    return await recordBallots(pool, ballots, decisionOf)
  }
}

function keysOf({ projectId, itemId, voter, seat }: Ballot): string[] {
  const keys = [`${projectId}:${itemId}:${voter}`]
  if (seat !== null) keys.push(`${projectId}:${itemId}:seat:${seat.bucket}`)
  return keys
}

const codeOf = (error: unknown): string => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : ''
}
const isRetryable = (error: unknown): boolean => RETRYABLE.has(codeOf(error))
