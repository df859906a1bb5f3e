/**
 * River 2 over the ledger of votes: lines in, findings out. Holds counts only, all of them bounded and rebuilt from the
 * ledger at start; what follows from a finding is act.ts’s. Every node watches for itself, and the database lets one act.
 */
import type { LedgerVote } from '../../db/queries/watch.ts'
import type { CohortKind } from '../contract/primitives.ts'
import { networkOf, prefixOf } from '../gate/network.ts'
import type { CohortPolicy } from '../gate/policies/policy.ts'
import { type Signs, signsOf } from '../gate/signs.ts'
import { userAgentFamily } from '../gate/user-agent.ts'
import { type CohortEvidence, examine, plausibility } from './cohorts/examine.ts'
import type { Group, Others } from './cohorts/group.ts'
import { Groups } from './cohorts/groups.ts'
import { Surges } from './cohorts/surges.ts'
import type { ObservedVote } from './observed-vote.ts'

export interface Finding {
  projectId: number
  kind: CohortKind
  matches: string
  itemId: number
  evidence: CohortEvidence
  /** The earliest vote that may belong to it. */
  since: number
}

export const findingKey = ({ projectId, kind, matches, itemId }: Pick<Finding, 'projectId' | 'kind' | 'matches' | 'itemId'>): string =>
  `${projectId} ${itemId} ${kind} ${matches}`

const ODD = 0.02
/** So many questions to a step of an examination: a few milliseconds. */
const STEP = 500

/** The sharpest sign first: what one machine explains is not laid at its whole network’s door. */
const ORDER: readonly CohortKind[] = ['gesture', 'machine', 'fingerprint', 'core', 'network', 'users', 'prefix', 'hosting']

export class Watch {
  readonly #policy: CohortPolicy
  readonly #groups: Groups
  readonly #surges: Surges
  #newest = 0

  constructor(policy: CohortPolicy, maxVoters: number) {
    this.#policy = policy
    this.#groups = new Groups(maxVoters, policy.horizonMs, policy.leastVoters)
    this.#surges = new Surges(policy)
  }

  get voters(): number {
    return this.#groups.size
  }

  /** Voters forgotten within the horizon, to make room. */
  get forgotten(): number {
    return this.#groups.forgotten
  }

  /**
   * Counts one line of the ledger. Answers what is to be asked about it, once the batch it came in is counted. `bySurge`: a
   * surge holds it, which goes on as long as there are such votes; those of other cohorts are accounted for.
   */
  observe(vote: ObservedVote, bySurge: boolean): { groups: Group[]; surge: boolean } {
    this.#newest = Math.max(this.#newest, vote.at)
    // What its own score holds says nothing about those it shares an address or a model with.
    if (vote.heldFor === 'score' || vote.state === 'i') return { groups: [], surge: false }
    const surge = vote.signs.surge !== undefined && vote.value === 1 && (vote.heldFor !== 'cohort' || bySurge)
    if (surge) this.#surges.observe(vote)
    const groups = this.#groups.observe(vote)
    if (vote.heldFor !== 'cohort') return { groups, surge }
    // Accounted for as it came: counted as well, a cohort would pass for what people want, and people for odd beside it.
    this.#groups.taint(vote.projectId, vote.itemId, [vote.voter])
    return { groups: [], surge }
  }

  /**
   * The first thing that is wrong with one of these groups, on any item, that has not been followed yet. In steps: a flood is
   * thousands of groups, and voters come in between. Nothing may be counted meanwhile.
   */
  *examineGroups(projectId: number, groups: Iterable<Group>, followed: (key: string) => boolean): Generator<undefined, Finding | null, undefined> {
    const sorted = [...groups].toSorted((a, b) => ORDER.indexOf(a.kind as CohortKind) - ORDER.indexOf(b.kind as CohortKind))
    let asked = 0
    for (const group of sorted) {
      for (const itemId of group.items.keys()) {
        asked += 1
        if (asked % STEP === 0) yield
        if (followed(findingKey({ projectId, kind: group.kind as CohortKind, matches: group.matches, itemId }))) continue
        const evidence = examine(group, itemId, this.#groups.others(projectId, group, itemId), this.#policy)
        if (evidence !== null) {
          return { projectId, kind: group.kind as CohortKind, matches: group.matches, itemId, evidence, since: this.#newest - this.#policy.horizonMs }
        }
      }
    }
    return null
  }

  /** Whether so small a part of a cohort looks like one by itself, by a softer measure. */
  isOdd({ projectId, kind, matches, itemId }: Finding): boolean {
    const group = this.#groups.group(projectId, kind, matches)
    return group !== undefined && plausibility(group, itemId, this.#groups.others(projectId, group, itemId)) < ODD
  }

  examineSurge(projectId: number, itemId: number): Finding | null {
    const found = this.#surges.find(projectId, itemId, this.#newest)
    return found === null ? null : { projectId, kind: 'surge', matches: '*', itemId, evidence: found.evidence, since: found.since }
  }

  /** Whether a surge found before still goes on, by a softer measure. */
  surgeLasts(projectId: number, itemId: number, now: number): boolean {
    return this.#surges.find(projectId, itemId, now, 1e-3) !== null
  }

  /** These are accounted for: they are no evidence of what people want, and no part of another burst. */
  account({ projectId, kind, itemId }: Finding, members: readonly { voter: string; castAt: number; newcomer: boolean }[]): void {
    this.#groups.taint(projectId, itemId, members.map(({ voter }) => voter))
    if (kind !== 'surge') this.#surges.forget(projectId, itemId, members.filter(({ newcomer }) => newcomer).map(({ castAt }) => castAt))
  }

  /** How likely the people behind such signs are to want the item as much as they do; and how many there are. */
  plausibility(projectId: number, itemId: number, signs: Signs): { chance: number; voters: number; items: number } {
    let chance = 1
    let voters = Infinity
    let items = Infinity
    for (const kind of ['fingerprint', 'network', 'users'] as const) {
      const matches = signs[kind]
      if (matches === undefined) continue
      const group = this.#groups.group(projectId, kind, matches)
      const others: Others = group === undefined ? { voters: 0, single: 0, item: 0, only: 0 } : this.#groups.others(projectId, group, itemId)
      chance = Math.min(chance, plausibility(group, itemId, others))
      voters = Math.min(voters, group?.voters ?? 0)
      items = Math.min(items, group?.items.size ?? 0)
    }
    return { chance, voters, items }
  }
}

export function observedOf(row: LedgerVote): ObservedVote {
  const { projectId, itemId, voter, at, tier, value, state, heldFor, userAgent } = row
  const platform = userAgent === null ? undefined : userAgentFamily(userAgent).split('/')[1]
  return {
    projectId, itemId, voter, at, tier, value, state, heldFor, platform: platform === 'other' ? undefined : platform,
    signs: signsOf({
      tier, network: networkOf(row.ipAddress), prefix: prefixOf(row.ipAddress), fingerprint: row.fingerprint ?? undefined,
      core: row.core ?? undefined, hosting: row.hosting === true, signals: row.gesture,
      newcomer: row.newcomer === true,
    }),
  }
}
