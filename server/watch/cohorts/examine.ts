/**
 * Is this group of one mind as no honest crowd is? Three questions, each with the chance that people who happen to share
 * an address, a device model or a browser would look like it.
 *
 * focus: far more of them than of everybody else voted for this one item and nothing else.
 * share: far more of them voted for it at all.
 * identical: clicks that agree in every measured figure were made once.
 *
 * One machine cannot be Windows and iPhone. A hash of one that claims to be is asked the first two questions far more
 * sharply; not condemned, because honest owners of the same model share the hash with whoever rotates on one.
 */
import type { CohortPolicy } from '../../gate/policies/policy.ts'
import { binomialTail } from '../statistics.ts'
import type { Group, Others } from './group.ts'

export interface CohortEvidence {
  test: 'focus' | 'share' | 'identical' | 'surge'
  /** Of the group. */
  voters: number
  /** Of them, for this item; and for nothing else. */
  forItem: number
  onlyItem: number
  /** Share expected from everybody else. */
  expected: number
  /** Chance of an honest group to look like it. */
  chance: number
  /** Operating systems claimed, where one machine claims several. */
  platforms?: Record<string, number>
}

/** As if so many more people had been seen, of whom this share wanted the item, or only it: a young board is no proof. */
const PRIOR = { weight: 20, share: 0.6, only: 0.4, single: 0.6 }
const LEAST_IDENTICAL = 4
/** A tablet that asks for desktop pages says macOS or Linux: these are one machine’s names. */
const MACHINES: Record<string, string> = { ios: 'apple', macos: 'apple', android: 'linux', linux: 'linux', chromeos: 'linux', windows: 'windows' }
const LEAST_SHARE = 0.15
/** The chance that is small enough for a hash that claims several machines. */
const SHARPER = 1e-4

export function examine(group: Group, itemId: number, others: Others, policy: CohortPolicy): CohortEvidence | null {
  const item = group.items.get(itemId)
  if (item === undefined) return null
  const base = { voters: group.voters, forItem: item.voters, onlyItem: item.only }
  if (group.kind === 'gesture') {
    return item.voters >= LEAST_IDENTICAL ? { ...base, test: 'identical', expected: 0, chance: 0 } : null
  }
  if (group.voters < policy.leastVoters) return null
  const several = (group.kind === 'core' || group.kind === 'machine') && claimsSeveralMachines(group)
  const focus = chanceOf(item.only, group.voters, (others.only + PRIOR.weight * PRIOR.only) / (others.voters + PRIOR.weight))
  const share = chanceOf(item.voters, group.voters, (others.item + PRIOR.weight * PRIOR.share) / (others.voters + PRIOR.weight))
  const [test, found] = focus.chance <= share.chance ? ['focus', focus] as const : ['share', share] as const
  if (found.chance > (several ? SHARPER : policy.significance)) return null
  return { ...base, test, ...found, ...(several ? { platforms: Object.fromEntries(group.platforms) } : {}) }
}

/** Of a group in which nobody is suspected: how likely people are to look like it. 1 where there is nothing to see. */
export function plausibility(group: Group | undefined, itemId: number, others: Others): number {
  const item = group?.items.get(itemId)
  if (group === undefined || item === undefined) return 1
  const focus = chanceOf(item.only, group.voters, (others.only + PRIOR.weight * PRIOR.only) / (others.voters + PRIOR.weight))
  const share = chanceOf(item.voters, group.voters, (others.item + PRIOR.weight * PRIOR.share) / (others.voters + PRIOR.weight))
  const single = chanceOf(group.single, group.voters, (others.single + PRIOR.weight * PRIOR.single) / (others.voters + PRIOR.weight))
  return Math.min(focus.chance, share.chance, single.chance)
}

/** Two kinds of machine, each claimed by more than a few who spoof theirs. */
function claimsSeveralMachines(group: Group): boolean {
  const machines = new Map<string, number>()
  for (const [platform, voters] of group.platforms) {
    const machine = MACHINES[platform]
    if (machine !== undefined) machines.set(machine, (machines.get(machine) ?? 0) + voters)
  }
  return [...machines.values()].filter((voters) => voters >= Math.max(2, LEAST_SHARE * group.voters)).length >= 2
}

function chanceOf(k: number, n: number, expected: number): { expected: number; chance: number } {
  return { expected: Math.round(expected * 1000) / 1000, chance: binomialTail(k, n, expected) }
}
