/**
 * A burst of new devices on one item against its own baseline. A crowd that comes for the board brings votes for
 * everything on it; what is looked for is one item taking a share of a few minutes’ votes that it never had before.
 */
import type { CohortPolicy } from '../../gate/policies/policy.ts'
import type { ObservedVote } from '../observed-vote.ts'
import { binomialTail } from '../statistics.ts'
import type { CohortEvidence } from './examine.ts'

const MINUTE = 60_000
const MAX_ITEMS = 2000
/** As if so many more votes had been seen, of which the item had this share: nobody knows yet what a young board’s favourite is. */
const PRIOR = { votes: 20, share: 0.5 }

/** New voters by minute. */
type Minutes = Map<number, number>

interface Project {
  all: Minutes
  items: Map<number, Minutes>
}

export interface Surge {
  evidence: CohortEvidence
  /** First minute of the burst. */
  since: number
}

export class Surges {
  readonly #policy: CohortPolicy
  readonly #projects = new Map<number, Project>()
  #pruned = 0

  constructor(policy: CohortPolicy) {
    this.#policy = policy
  }

  /** Counts a new device’s vote; value 1 and not already part of a cohort. */
  observe({ projectId, itemId, at }: ObservedVote): void {
    this.#prune(at)
    let project = this.#projects.get(projectId)
    if (project === undefined) this.#projects.set(projectId, (project = { all: new Map(), items: new Map() }))
    let minutes = project.items.get(itemId)
    if (minutes === undefined) {
      if (project.items.size >= MAX_ITEMS) return
      project.items.set(itemId, (minutes = new Map()))
    }
    const minute = Math.floor(at / MINUTE)
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1)
    project.all.set(minute, (project.all.get(minute) ?? 0) + 1)
  }

  /** Votes of these times belong to a cohort of another kind. */
  forget(projectId: number, itemId: number, times: readonly number[]): void {
    const project = this.#projects.get(projectId)
    const item = project?.items.get(itemId)
    if (project === undefined || item === undefined) return
    for (const at of times) {
      const minute = Math.floor(at / MINUTE)
      for (const minutes of [item, project.all]) {
        const votes = minutes.get(minute)
        if (votes !== undefined) minutes.set(minute, Math.max(0, votes - 1))
      }
    }
  }

  /** A milder `significance` than the policy’s asks whether a burst still goes on. */
  find(projectId: number, itemId: number, now: number, significance = this.#policy.surge.significance): Surge | null {
    const project = this.#projects.get(projectId)
    const item = project?.items.get(itemId)
    if (project === undefined || item === undefined) return null
    const window = Math.round(this.#policy.surge.windowMs / MINUTE)
    const last = Math.floor(now / MINUTE)
    const found = this.#examine(project.all, item, last - window + 1, last, significance)
    if (found === null) return null
    // The burst may have begun before the window did: as long as the minutes before look like it, they belong to it.
    let since = last - window + 1
    while (since > last - 24 * 60 && this.#looksLike(project.all, item, since - window, since - 1)) since -= Math.ceil(window / 2)
    return { evidence: found, since: since * MINUTE }
  }

  #examine(all: Minutes, item: Minutes, from: number, to: number, significance: number): CohortEvidence | null {
    const inWindow = sum(item, from, to)
    if (inWindow < this.#policy.surge.leastVotes) return null
    const { voters, expected } = this.#expectation(all, item, from, to)
    const chance = binomialTail(inWindow, voters, expected)
    return chance <= significance
      ? { test: 'surge', voters, forItem: inWindow, onlyItem: inWindow, expected: Math.round(expected * 1000) / 1000, chance }
      : null
  }

  #looksLike(all: Minutes, item: Minutes, from: number, to: number): boolean {
    const { voters, expected } = this.#expectation(all, item, from, to)
    const inWindow = sum(item, from, to)
    return inWindow >= 4 && binomialTail(inWindow, voters, expected) < 0.01
  }

  /** The item’s share of all votes outside of the window, as the share it should have within. */
  #expectation(all: Minutes, item: Minutes, from: number, to: number): { voters: number; expected: number } {
    const voters = sum(all, from, to)
    const before = sum(all, -Infinity, from - 1)
    const itemBefore = sum(item, -Infinity, from - 1)
    return { voters, expected: (itemBefore + PRIOR.votes * PRIOR.share) / (before + PRIOR.votes) }
  }

  #prune(now: number): void {
    const minute = Math.floor(now / MINUTE)
    if (minute <= this.#pruned) return
    this.#pruned = minute
    const oldest = minute - Math.round(this.#policy.horizonMs / MINUTE)
    for (const [id, project] of this.#projects) {
      for (const minutes of [project.all, ...project.items.values()]) {
        for (const at of minutes.keys()) {
          if (at >= oldest) break
          minutes.delete(at)
        }
      }
      for (const [itemId, minutes] of project.items) if (minutes.size === 0) project.items.delete(itemId)
      if (project.all.size === 0) this.#projects.delete(id)
    }
  }
}

function sum(minutes: Minutes, from: number, to: number): number {
  let total = 0
  for (const [minute, votes] of minutes) if (minute >= from && minute <= to) total += votes
  return total
}
