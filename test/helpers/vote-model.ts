/** What votes, invalidations and releases must come to: a model of the moderation API in a few lines, and random choices that repeat. */
import type { Action } from './operator.ts'

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
  /** The standing invalidation that took it out. */
  takenBy: string | null
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

export const stateOf = ({ base, takenBy }: ModelVote): string => (takenBy === null ? base : 'invalidated')
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
      this.votes.set(id, { id, itemId, tier: user === null ? 'device' : 'verified', base, value, castAt: at, ip, fingerprint, superseded: false, takenBy: null })
    } else if (row.value !== value) {
      Object.assign(row, { value, castAt: at, ip, fingerprint })
    }
    if (user !== null) {
      if (behind !== undefined) behind.superseded = true
      else {
        this.votes.set(`${itemId}:${device}`, {
          id: `${itemId}:${device}`, itemId, tier: 'device', base: 'counted', value: 0, castAt: at, ip: null, fingerprint: null, superseded: true, takenBy: null,
        })
      }
    }
    return 'ok'
  }

  matching(filter: Record<string, unknown>, from: readonly string[]): ModelVote[] {
    return [...this.votes.values()].filter((vote) =>
      from.includes(stateOf(vote))
      && (filter['item'] === undefined || vote.itemId === filter['item'])
      && (filter['tier'] === undefined || vote.tier === filter['tier'])
      && (filter['state'] === undefined || stateOf(vote) === filter['state'])
      && (filter['ip'] === undefined || vote.ip === filter['ip'])
      && (filter['fingerprint'] === undefined || vote.fingerprint === filter['fingerprint'])
      && (filter['since'] === undefined || vote.castAt >= (filter['since'] as number))
      && (filter['until'] === undefined || vote.castAt < (filter['until'] as number)))
  }

  /** Moves the votes and returns what the API must answer. */
  move(votes: ModelVote[], change: (vote: ModelVote) => void): Omit<Action, 'id'> {
    const items = [...new Set(votes.map(({ itemId }) => itemId))].toSorted((a, b) => Number(a) - Number(b))
    const before = new Map(items.map((itemId) => [itemId, countedOf(this.votes.values(), itemId)]))
    for (const vote of votes) change(vote)
    const tallyChanges = items
      .map((itemId) => ({ itemId, before: before.get(itemId) ?? 0, after: countedOf(this.votes.values(), itemId) }))
      .filter((moved) => moved.before !== moved.after)
    return { matched: votes.length, tallyChanges }
  }
}
