/** Standing cohorts and expected spikes, arranged for one look per vote. Pure: rows in, an id or a yes out. */
import { COHORT_KINDS, type CohortKind } from '../contract/primitives.ts'

export interface CohortEntry {
  id: number
  projectId: number
  kind: CohortKind
  matches: string
  itemId: number
  expiresAt: number
}
/** What a vote shows that a cohort can share; a surge’s only value is `*`. */
export type CohortSigns = Partial<Record<CohortKind, string>>

export class CohortList {
  readonly #cohorts: ReadonlyMap<string, CohortEntry>

  constructor(entries: readonly CohortEntry[]) {
    this.#cohorts = new Map(entries.map((entry) => [keyOf(entry.projectId, entry.itemId, entry.kind, entry.matches), entry]))
  }

  /** The id of a cohort on this item that shares one of the signs and has not expired. */
  find(projectId: number, itemId: number, signs: CohortSigns, now: number): number | undefined {
    if (this.#cohorts.size === 0) return undefined
    for (const kind of COHORT_KINDS) {
      const sign = signs[kind]
      if (sign === undefined || (kind === 'surge' && sign !== '*')) continue
      const entry = this.#cohorts.get(keyOf(projectId, itemId, kind, sign))
      if (entry !== undefined && entry.expiresAt > now) return entry.id
    }
    return undefined
  }
}

const keyOf = (projectId: number, itemId: number, kind: CohortKind, matches: string): string =>
  `${projectId}\0${itemId}\0${kind}\0${matches}`

export interface SpikeEntry {
  projectId: number
  /** null: every item */
  itemId: number | null
  startsAt: number
  endsAt: number
  endedAt: number | null
}

export class SpikeList {
  readonly #spikes: ReadonlyMap<number, SpikeEntry[]>

  constructor(entries: readonly SpikeEntry[]) {
    const spikes = new Map<number, SpikeEntry[]>()
    for (const entry of entries) spikes.set(entry.projectId, [...(spikes.get(entry.projectId) ?? []), entry])
    this.#spikes = spikes
  }

  /** From its start up to, and without, its end or the moment somebody ended it. */
  expected(projectId: number, itemId: number, at: number): boolean {
    return this.#spikes.get(projectId)?.some((spike) =>
      (spike.itemId === null || spike.itemId === itemId)
      && at >= spike.startsAt && at < Math.min(spike.endsAt, spike.endedAt ?? Number.POSITIVE_INFINITY)) ?? false
  }
}
