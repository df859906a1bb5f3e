/**
 * Reads the ledger of decisions onward, each line once, in the order the database recorded them in: the clocks of servers
 * differ. A line is recorded a moment before it is committed and can be seen, so a little of what was read is read again for
 * what has turned up late; less of it the busier it is.
 */
import { type LedgerPosition, type LedgerVote, readDecisions, readLedgerClock, readManyDecisions, readRecentDecisions } from '../../db/queries/watch.ts'
import type { Pool } from '../../db/queryable.ts'

/** So few that what a query brings is let go before it is old, and that nobody waits for them to be counted. */
const BATCH = 1000
/** Of one look. */
const MOST = 20 * BATCH
/** No batch takes longer from its first line to its commit, on a database that is not overrun. */
const OVERLAP_MS = 2000
/** Servers whose clocks differ by more than this are not watched. */
const SKEW_MS = 2 * 86_400_000
/** At most about so many lines are read a second time. */
const REREAD = 2000
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

export class LedgerReader {
  readonly #db: Pool
  readonly #horizonMs: number
  readonly #atFirst: number
  #position: LedgerPosition | undefined
  #seen = new Map<string, number>()
  #newest = 0
  #behindMs = 0
  /** The last look brought more than a batch. */
  #isMuch = false

  /** `atFirst`: so many of the newest decisions a server that starts has to know. */
  constructor(db: Pool, horizonMs: number, atFirst: number) {
    this.#db = db
    this.#horizonMs = horizonMs
    this.#atFirst = atFirst
  }

  /** How far behind the ledger; 0 where the last look came to its end. */
  get behindMs(): number {
    return this.#behindMs
  }

  /** Hands over every line that was not handed over before, oldest first. A line counts as read once `take` has been called for it. */
  async read(now: number, take: (row: LedgerVote) => void): Promise<void> {
    if (this.#position === undefined) {
      const clock = await readLedgerClock(this.#db)
      await readRecentDecisions(this.#db, now - this.#horizonMs, this.#atFirst, (rows) => void this.#hand(rows, take))
      this.#newest = Math.max(this.#newest, clock)
      this.#position = { recordedAt: clock - OVERLAP_MS, decisionId: FIRST_ID }
      this.#forget(clock - OVERLAP_MS)
      return
    }
    const since = now - SKEW_MS
    let fresh = 0
    let count = 0
    const hand = (rows: readonly LedgerVote[]): void => {
      count += rows.length
      fresh += this.#hand(rows, take)
      const last = rows.at(-1)
      if (last === undefined) return
      // As many as fit: from here, next time if need be, before anything is read again.
      this.#position = { recordedAt: last.recordedAt, decisionId: last.decisionId }
      this.#behindMs = Math.max(0, now - last.at)
    }
    // Where there is much they are not asked for by a plain query first: it would be spread over all processors, which are the voters’.
    if (!this.#isMuch) hand(await readDecisions(this.#db, this.#position, since, BATCH))
    this.#isMuch ||= count === BATCH
    if (this.#isMuch) await readManyDecisions(this.#db, this.#position, since, { limit: MOST - count, page: BATCH }, hand)
    this.#isMuch = count > BATCH
    if (count < MOST) {
      // Two looks a second: what came since the last one, four times over, is what two seconds hold.
      const overlapMs = Math.min(OVERLAP_MS, Math.max(250, (OVERLAP_MS * REREAD) / Math.max(REREAD, fresh * 4)))
      this.#position = { recordedAt: this.#newest - overlapMs, decisionId: FIRST_ID }
      this.#behindMs = 0
    }
    this.#forget(this.#newest - OVERLAP_MS)
  }

  #hand(rows: readonly LedgerVote[], take: (row: LedgerVote) => void): number {
    let fresh = 0
    for (const row of rows) {
      if (this.#seen.has(row.decisionId)) continue
      this.#seen.set(row.decisionId, row.recordedAt)
      this.#newest = Math.max(this.#newest, row.recordedAt)
      take(row)
      fresh += 1
    }
    return fresh
  }

  #forget(before: number): void {
    for (const [id, at] of this.#seen) if (at < before) this.#seen.delete(id)
  }
}
