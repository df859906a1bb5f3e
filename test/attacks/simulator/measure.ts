/** From the truth and what the server made of it to figures. Pure, but for the reading of the server through its own APIs. */
import type { Board } from '../../../server/contract/widget.ts'
import type { Vote } from '../../../server/contract/moderation.ts'
import type { SecurityEvent } from '../../../server/contract/security.ts'
import { type Truth, type Wish, voteId } from './truth.ts'

/** Shares are fractions from 0 to 1. */
export interface ClassFigures {
  name: string
  honestVotes: number
  /** Attempts at votes nobody was entitled to. */
  attackVotes: number
  /** Of the attempts, how many became a vote of that state; the rest was refused, or changed nothing. */
  counted: number
  held: number
  invalidated: number
  /** Of the honest votes, how many are not in the tally, neither as cast nor superseded by the same person. */
  honestLost: number
  /** |public tally − honest truth| over the attacked items, as a share of the truth; may exceed 1. */
  tallyError: number
  /** From the first attack vote to the first security event that points at the attack; null where there is none. */
  detectedAfterS: number | null
}

export interface PopulationFigures {
  name: string
  honestVotes: number
  held: number
  invalidated: number
  /** Never acknowledged: throttled, blocked or refused. */
  refused: number
  /** Security events that name an address only this population used. */
  alarms: number
}

export interface Observed {
  board: Board
  votes: readonly Vote[]
  events: readonly SecurityEvent[]
}

const stands = (vote: Vote | undefined): vote is Vote => vote !== undefined && vote.value === 1 && vote.supersededBy === null

export function measureClass(name: string, truth: Truth, observed: Observed, items: readonly string[]): ClassFigures {
  const byId = new Map(observed.votes.map((vote) => [vote.id, vote]))
  const honest = [...truth.wishes.values()].filter(({ value }) => value === 1)
  const entitled = new Set(honest.flatMap((wish) => [...wish.acknowledged.keys()].map((voter) => voteId(wish.itemId, voter))))
  const stuffed = [...truth.attackIds].filter((id) => !entitled.has(id)).map((id) => byId.get(id)).filter(stands)
  const share = (state: Vote['state']): number => ratio(stuffed.filter((vote) => vote.state === state).length, truth.attackVotes)
  const attacked = truth.attackedItems.size === 0 ? items : [...truth.attackedItems]
  const shown = new Map(observed.board.items.map(({ id, votes }) => [id, votes]))
  const wrong = attacked.reduce((sum, itemId) => sum + Math.abs((shown.get(itemId) ?? 0) - truth.votesFor(itemId)), 0)
  return {
    name,
    honestVotes: honest.length,
    attackVotes: truth.attackVotes,
    counted: share('counted'),
    held: share('held'),
    invalidated: share('invalidated'),
    honestLost: ratio(honest.filter((wish) => fateOf(wish, byId) !== 'counted').length, honest.length),
    tallyError: ratio(wrong, attacked.reduce((sum, itemId) => sum + truth.votesFor(itemId), 0)),
    detectedAfterS: detection(truth, observed.events),
  }
}

export function measurePopulations(truth: Truth, observed: Observed): PopulationFigures[] {
  const byId = new Map(observed.votes.map((vote) => [vote.id, vote]))
  const rows = new Map<string, PopulationFigures>()
  for (const wish of truth.wishes.values()) {
    if (wish.value === 0) continue
    const { population: name } = wish.person
    const row = rows.get(name) ?? { name, honestVotes: 0, held: 0, invalidated: 0, refused: 0, alarms: 0 }
    row.honestVotes += 1
    const fate = fateOf(wish, byId)
    if (fate !== 'counted') row[fate] += 1
    rows.set(name, row)
  }
  for (const { metadata: { ipAddress } } of observed.events) {
    if (ipAddress === undefined || truth.attackAddresses.has(ipAddress)) continue
    const row = rows.get(truth.honestAddresses.get(ipAddress) ?? '')
    if (row !== undefined) row.alarms += 1
  }
  return [...rows.values()]
}

/** What became of one person’s vote: any of their keys in the tally will do. */
function fateOf(wish: Wish, votes: ReadonlyMap<string, Vote>): 'counted' | 'held' | 'invalidated' | 'refused' {
  const standing = [...wish.acknowledged.keys()].map((voter) => votes.get(voteId(wish.itemId, voter))).filter(stands)
  if (standing.some(({ state }) => state === 'counted')) return 'counted'
  return standing[0]?.state ?? 'refused'
}

/**
 * An event points at the attack when it names an address of the attack’s alone, happened in the very millisecond of one of
 * its requests, or names no address (a verdict over many sources) after it began.
 */
function detection(truth: Truth, events: readonly SecurityEvent[]): number | null {
  const { firstAttackAt } = truth
  if (firstAttackAt === undefined) return null
  const first = events
    .filter(({ timestamp, metadata: { ipAddress } }) =>
      ipAddress === undefined
        ? timestamp >= firstAttackAt
        : truth.attackAddresses.has(ipAddress) && (!truth.honestAddresses.has(ipAddress) || truth.attackTimes.has(timestamp)))
    .reduce((earliest, { timestamp }) => Math.min(earliest, timestamp), Infinity)
  return first === Infinity ? null : Math.max(0, Math.round(first - firstAttackAt) / 1000)
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000)
