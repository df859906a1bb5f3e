/** What votes, actions on them, cohorts and releases must come to: a model of the moderation API in a few lines, and random choices that repeat. */
import type { Action } from './operator.ts'

export interface ModelLayer {
  /** The standing invalidation, hold or release. */
  action: string
  effect: 'held' | 'invalidated' | 'counted'
  cohort: string | null
}
export interface ModelVote {
  id: string
  itemId: string
  tier: 'device' | 'verified'
  base: 'counted' | 'held'
  value: number
  castAt: number
  ip: string | null
  fingerprint: string | null
  superseded: boolean
  /** What its last verdict to hold was for. */
  reason: { heldFor: string; cohort: string | null } | null
  /** Oldest first. */
  layers: ModelLayer[]
}

/** mulberry32: a failing seed can be run again. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

export const stateOf = ({ base, layers }: ModelVote): string => layers.at(-1)?.effect ?? base
/** Everything that holds a held vote, the uppermost first. */
export function holdersOf(vote: ModelVote): { heldFor: string; cohort: string | null }[] {
  if (stateOf(vote) !== 'held') return []
  const released = vote.layers.findLastIndex(({ effect }) => effect === 'counted')
  const above = vote.layers.slice(released + 1).map(({ cohort }) => ({ heldFor: cohort === null ? 'moderator' : 'cohort', cohort })).toReversed()
  return released < 0 && vote.base === 'held' && vote.reason !== null ? [...above, vote.reason] : above
}
const isHeldBy = (vote: ModelVote, cohort: string): boolean => holdersOf(vote).some((holder) => holder.cohort === cohort)
const stands = (vote: ModelVote): boolean => vote.value === 1 && !vote.superseded
export const countedOf = (votes: Iterable<ModelVote>, itemId: string): number =>
  [...votes].filter((vote) => vote.itemId === itemId && stands(vote) && stateOf(vote) === 'counted').length

export class Model {
  readonly votes = new Map<string, ModelVote>()
  readonly #seats = new Set<string>()

  cast(itemId: string, device: string, value: 0 | 1, at: number, from: { ip: string; fingerprint: string | null; user: string | null }): 'ok' | 'refused' {
    const { ip, fingerprint, user } = from
    const id = `${itemId}:${user ?? device}`
    const row = this.votes.get(id)
    const behind = user === null ? undefined : this.votes.get(`${itemId}:${device}`)
    if (row?.superseded === true) return 'refused'
    if (row === undefined && value === 0 && !(behind !== undefined && stands(behind))) return 'ok'
    if (row === undefined) {
      const seat = `${itemId} ${fingerprint}`
      const held = user === null && fingerprint !== null && this.#seats.has(seat)
      if (user === null && fingerprint !== null) this.#seats.add(seat)
      const base = held ? 'held' : 'counted'
      const reason = held ? { heldFor: 'seat', cohort: null } : null
      this.votes.set(id, {
        id, itemId, tier: user === null ? 'device' : 'verified', base, value, castAt: at, ip, fingerprint, superseded: false, reason, layers: [],
      })
    } else if (row.value !== value) {
      Object.assign(row, { value, castAt: at, ip, fingerprint })
    }
    if (user !== null) {
      if (behind !== undefined) behind.superseded = true
      else {
        this.votes.set(`${itemId}:${device}`, {
          id: `${itemId}:${device}`, itemId, tier: 'device', base: 'counted', value: 0, castAt: at, ip: null, fingerprint: null, superseded: true,
          reason: null, layers: [],
        })
      }
    }
    return 'ok'
  }

  /** A vote with the sign of a standing cohort. */
  arrive(id: string, itemId: string, cohort: string, at: number, ip: string): void {
    this.votes.set(id, {
      id, itemId, tier: 'device', base: 'held', value: 1, castAt: at, ip, fingerprint: null, superseded: false,
      reason: { heldFor: 'cohort', cohort }, layers: [],
    })
  }

  /** Of the chosen votes, those a hold lies over: all but what the cohort holds already. */
  holdable(votes: ModelVote[], cohort: string | null): ModelVote[] {
    return votes.filter((vote) => ['counted', 'held'].includes(stateOf(vote)) && (cohort === null || !isHeldBy(vote, cohort)))
  }

  /** Standing votes in the held column that the cohort is a reason for. */
  heldBy(cohort: string): number {
    return [...this.votes.values()].filter((vote) => stands(vote) && isHeldBy(vote, cohort)).length
  }

  lift(cohort: string): Omit<Action, 'id'> {
    return this.move([...this.votes.values()], (vote) => {
      vote.layers = vote.layers.filter((layer) => layer.effect !== 'held' || layer.cohort !== cohort)
      if (vote.reason?.cohort === cohort) vote.base = 'counted'
    })
  }

  matching(filter: Record<string, unknown>, from: readonly string[]): ModelVote[] {
    return [...this.votes.values()].filter((vote) =>
      from.includes(stateOf(vote))
      && (filter['item'] === undefined || vote.itemId === filter['item'])
      && (filter['tier'] === undefined || vote.tier === filter['tier'])
      && (filter['state'] === undefined || stateOf(vote) === filter['state'])
      && (filter['ip'] === undefined || vote.ip === filter['ip'])
      && (filter['fingerprint'] === undefined || vote.fingerprint === filter['fingerprint'])
      && (filter['heldFor'] === undefined || holdersOf(vote)[0]?.heldFor === filter['heldFor'])
      && (filter['cohort'] === undefined || isHeldBy(vote, filter['cohort'] as string))
      && (filter['since'] === undefined || vote.castAt >= (filter['since'] as number))
      && (filter['until'] === undefined || vote.castAt < (filter['until'] as number)))
  }

  /** Moves the votes and returns what the API must answer: only those that change state are matched. */
  move(votes: ModelVote[], change: (vote: ModelVote) => void): Omit<Action, 'id'> {
    const items = [...new Set(votes.map(({ itemId }) => itemId))].toSorted((a, b) => Number(a) - Number(b))
    const before = new Map(items.map((itemId) => [itemId, countedOf(this.votes.values(), itemId)]))
    const earlier = new Map(votes.map((vote) => [vote, stateOf(vote)]))
    for (const vote of votes) change(vote)
    const tallyChanges = items
      .map((itemId) => ({ itemId, before: before.get(itemId) ?? 0, after: countedOf(this.votes.values(), itemId) }))
      .filter((moved) => moved.before !== moved.after)
    return { matched: votes.filter((vote) => stateOf(vote) !== earlier.get(vote)).length, tallyChanges }
  }
}
