/**
 * Optimistic votes with set semantics. Per item the queue knows what the server last said and what the visitor wants;
 * the visitor sees the second, the requests carry one to the other, one at a time. Clicks during a request only move
 * the wish, so any number of them costs at most one more request.
 */
import { type Problem, toProblem } from './api.ts'

export type Value = 0 | 1

/** Repeats after a failure that may pass, and the pause before the first of them in ms; each next one is four times that. */
const RETRIES = 2
const PAUSE = 400
/** A server that asks for a longer pause than this, in seconds, gets the visitor asked instead. */
const LONGEST_PAUSE = 5

interface Entry<Cast> {
  /** What the server last said. */
  value: Value
  votes: number
  desired: Value
  /** Present while requests run: the click that made the latest wish. */
  run?: { cast: Cast } | undefined
}

export interface VoteQueueOptions<Cast> {
  /** Sends one vote. @throws {Problem} */
  send(itemId: string, value: Value, cast: Cast): Promise<{ value: Value; votes: number }>
  wait(milliseconds: number): Promise<unknown>
  onChange(): void
  /** The visitor's wish was given up; what shows now is what the server last said. */
  onRefused(itemId: string, problem: Problem, cast: Cast): void
}

export interface VoteQueue<Cast> {
  /** Takes over the tallies of a fresh board. */
  setTallies(tallies: Iterable<{ id: string; votes: number }>): void
  /** Takes over what the server says this visitor voted for. */
  setVoted(itemIds: readonly string[]): void
  /** The visitor wants the vote to be `value`. */
  want(itemId: string, value: Value, cast: Cast): void
  /** What to show for an item: the wish, and the tally as it will be once the server agrees. */
  read(itemId: string): { voted: boolean; votes: number }
}

export function createVoteQueue<Cast>({ send, wait, onChange, onRefused }: VoteQueueOptions<Cast>): VoteQueue<Cast> {
  const entries = new Map<string, Entry<Cast>>()
  let votedItemIds: readonly string[] = []

  function entryOf(itemId: string): Entry<Cast> {
    let entry = entries.get(itemId)
    if (!entry) {
      const value = votedItemIds.includes(itemId) ? 1 : 0
      entries.set(itemId, (entry = { value, votes: 0, desired: value }))
    }
    return entry
  }

  async function settle(itemId: string, entry: Entry<Cast>, run: { cast: Cast }): Promise<void> {
    let failures = 0
    /** After a lost answer the server may hold either value: only another answer tells. */
    let unsure = false
    while (unsure || entry.desired !== entry.value) {
      const sent = entry.desired
      try {
        const answer = await send(itemId, sent, run.cast)
        entry.value = answer.value
        entry.votes = answer.votes
        // The server has the last word, unless the visitor spoke again meanwhile.
        if (entry.desired === sent) entry.desired = answer.value
        unsure = false
        failures = 0
      } catch (cause) {
        const problem = toProblem(cause)
        const seconds = problem.retryAfter ?? 0
        if (problem.passing && failures < RETRIES && seconds <= LONGEST_PAUSE) {
          unsure = true
          await wait(Math.max(PAUSE * 4 ** failures, seconds * 1000))
          failures += 1
          continue
        }
        entry.desired = entry.value
        unsure = false
        onRefused(itemId, problem, run.cast)
      }
      onChange()
    }
    entry.run = undefined
  }

  return {
    setTallies(tallies) {
      for (const { id, votes } of tallies) {
        const entry = entryOf(id)
        // A board read during a vote may or may not contain it; the vote's own answer will tell.
        if (!entry.run) entry.votes = votes
      }
      onChange()
    },
    setVoted(itemIds) {
      votedItemIds = itemIds
      for (const [id, entry] of entries) {
        entry.value = itemIds.includes(id) ? 1 : 0
        if (!entry.run) entry.desired = entry.value
      }
      onChange()
    },
    want(itemId, value, cast) {
      const entry = entryOf(itemId)
      entry.desired = value
      if (entry.run) {
        entry.run.cast = cast
      } else if (value !== entry.value) {
        entry.run = { cast }
        void settle(itemId, entry, entry.run)
      }
      onChange()
    },
    read(itemId) {
      const { value, votes, desired } = entryOf(itemId)
      return { voted: desired === 1, votes: Math.max(0, votes + desired - value) }
    },
  }
}
