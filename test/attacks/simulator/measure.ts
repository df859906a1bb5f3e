/** From the truth and what the server made of it to figures. Pure, but for the reading of the server through its own APIs. */
import type { Board } from '../../../server/contract/widget.ts'
import type { Vote } from '../../../server/contract/moderation.ts'
import type { SecurityEvent } from '../../../server/contract/security.ts'
import { inNetwork } from '../../../server/gate/network.ts'
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
  /** How far the public tallies of the attacked items are from the votes of honest people, as a share of these; may exceed 1. */
  tallyError: number
  /** From the first attack vote to the first security event that points at the attack; null where there is none. */
  detectedAfterS: number | null
  /** SHA-256 hashes that the attack’s proof of work would have cost at the shipped difficulties, on average. */
  hashes: number
  /** Of the honest groups, the one that lost the largest share of its votes, and that share. */
  worstGroup: string | null
  worstGroupLost: number
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
  const wishes = [...truth.wishes.values()].filter(({ value }) => value === 1)
  const honest = wishes.filter(({ person }) => !person.attacks)
  const entitled = new Set(wishes.flatMap(keysOf))
  const stuffed = [...truth.attackIds].filter((id) => !entitled.has(id)).map((id) => byId.get(id)).filter(stands)
  const share = (state: Vote['state']): number => ratio(stuffed.filter((vote) => vote.state === state).length, truth.attackVotes)
  const attacked = truth.attackedItems.size === 0 ? items : [...truth.attackedItems]
  const shown = new Map(observed.board.items.map(({ id, votes }) => [id, votes]))
  const wrong = attacked.reduce((sum, itemId) => sum + distance(shown.get(itemId) ?? 0, truth.votesFor(itemId)), 0)
  return {
    name,
    honestVotes: honest.length,
    attackVotes: truth.attackVotes,
    counted: share('counted'),
    held: share('held'),
    invalidated: share('invalidated'),
    honestLost: ratio(honest.filter((wish) => fateOf(wish, byId) !== 'counted').length, honest.length),
    tallyError: ratio(wrong, attacked.reduce((sum, itemId) => sum + truth.votesFor(itemId).due, 0)),
    detectedAfterS: detection(truth, observed.events),
    hashes: truth.attackHashes,
    ...worstOf(measurePopulations(truth, observed)),
  }
}

const keysOf = (wish: Wish): string[] => [...wish.acknowledged.keys()].map((voter) => voteId(wish.itemId, voter))
const distance = (shown: number, { due, allowed }: { due: number; allowed: number }): number => Math.max(0, due - shown, shown - due - allowed)
const lostOf = ({ held, invalidated, refused, honestVotes }: PopulationFigures): number => ratio(held + invalidated + refused, honestVotes)

function worstOf(populations: readonly PopulationFigures[]): Pick<ClassFigures, 'worstGroup' | 'worstGroupLost'> {
  const [worst] = populations.toSorted((a, b) => lostOf(b) - lostOf(a))
  return worst === undefined || lostOf(worst) === 0 ? { worstGroup: null, worstGroupLost: 0 } : { worstGroup: worst.name, worstGroupLost: lostOf(worst) }
}

export function measurePopulations(truth: Truth, observed: Observed): PopulationFigures[] {
  const byId = new Map(observed.votes.map((vote) => [vote.id, vote]))
  const rows = new Map<string, PopulationFigures>()
  for (const wish of truth.wishes.values()) {
    if (wish.value === 0 || wish.person.attacks) continue
    const { population: name } = wish.person
    const row = rows.get(name) ?? { name, honestVotes: 0, held: 0, invalidated: 0, refused: 0, alarms: 0 }
    row.honestVotes += 1
    const fate = fateOf(wish, byId)
    if (fate !== 'counted') row[fate] += 1
    rows.set(name, row)
  }
  // Like events fold into one row or two, as it happens; their number is the same.
  for (const { count, metadata: { ipAddress } } of observed.events) {
    if (ipAddress === undefined || truth.attackAddresses.has(ipAddress)) continue
    const row = rows.get(truth.honestAddresses.get(ipAddress) ?? '')
    if (row !== undefined) row.alarms += count
  }
  return [...rows.values()]
}

/** One line for each kind of honest vote that is not in the tally, and each kind of stuffed one that is, with how many there are. */
export function explain(truth: Truth, observed: Observed): string[] {
  const byId = new Map(observed.votes.map((vote) => [vote.id, vote]))
  const wanted = [...truth.wishes.values()].filter(({ value }) => value === 1)
  const entitled = new Set(wanted.flatMap(keysOf))
  const lines = new Map<string, number>()
  const add = (line: string): void => void lines.set(line, (lines.get(line) ?? 0) + 1)
  for (const wish of wanted) {
    const fate = fateOf(wish, byId)
    if (fate !== 'counted') add(`${wish.person.population}: ${fate}${reasonOf(keysOf(wish).map((id) => byId.get(id)).find(stands))}`)
  }
  for (const id of truth.attackIds) {
    const vote = byId.get(id)
    if (!entitled.has(id) && stands(vote)) add(`attack: ${vote.state}${reasonOf(vote)}`)
  }
  return [...lines].toSorted(([, a], [, b]) => b - a).map(([line, count]) => `${count} × ${line}`)
}

function reasonOf(vote: Vote | undefined): string {
  if (vote === undefined) return ''
  const { found = [] } = (vote.breakdown ?? {}) as { found?: { detector: string }[] }
  return ` (${[vote.heldFor ?? 'nothing holds it', ...found.map(({ detector }) => detector)].join(', ')})`
}

/** What became of one person’s vote: any of their keys in the tally will do. */
function fateOf(wish: Wish, votes: ReadonlyMap<string, Vote>): 'counted' | 'held' | 'invalidated' | 'refused' {
  const standing = keysOf(wish).map((id) => votes.get(id)).filter(stands)
  if (standing.some(({ state }) => state === 'counted')) return 'counted'
  return standing[0]?.state ?? 'refused'
}

/**
 * An event points at the attack when it names an address of the attack’s alone, happened in the very millisecond of one of
 * its requests, or is a verdict over many votes of which some are the attack’s.
 */
function detection(truth: Truth, events: readonly SecurityEvent[]): number | null {
  const { firstAttackAt } = truth
  if (firstAttackAt === undefined) return null
  const first = events
    .filter(({ timestamp, detail, metadata: { ipAddress } }) =>
      ipAddress === undefined
        ? timestamp >= firstAttackAt && concerns(truth, detail)
        : truth.attackAddresses.has(ipAddress) && (!truth.honestAddresses.has(ipAddress) || truth.attackTimes.has(timestamp)))
    .reduce((earliest, { timestamp }) => Math.min(earliest, timestamp), Infinity)
  return first === Infinity ? null : Math.max(0, Math.round(first - firstAttackAt) / 1000)
}

/** Whether what a cohort’s votes share is something of the attack’s; what is not seen from outside, whether they are for what it attacks. */
function concerns(truth: Truth, { sign, matches, itemId }: SecurityEvent['detail']): boolean {
  if (typeof itemId === 'string' && !truth.attackedItems.has(itemId)) return false
  if (typeof matches !== 'string') return true
  switch (sign) {
    case 'core': case 'fingerprint': case 'machine': return truth.attackMarks.has(matches.split(' ')[0] ?? '')
    case 'network': case 'prefix': case 'users': return [...truth.attackAddresses].some((address) => inNetwork(address, matches))
    default: return true
  }
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000)
