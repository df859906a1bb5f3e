/** What is counted of voters who share something, and how. */
import type { CohortKind } from '../../contract/primitives.ts'

/** Groups of voters; the whole project is one as well. */
export interface Group {
  readonly kind: CohortKind | 'everybody'
  readonly matches: string
  voters: number
  /** Who voted for one item and nothing else, whichever it was. */
  single: number
  /** By item: who voted for it, and who voted for nothing else. */
  readonly items: Map<number, { voters: number; only: number }>
  /** Operating systems claimed, with the number of voters. */
  readonly platforms: Map<string, number>
}

/** Several groups together, in as far as others are told from them. */
export type Sum = Pick<Group, 'voters' | 'single' | 'items'>

/** Of the voters outside a group: all, those of one item only, those for this item, those for this item only. */
export interface Others {
  voters: number
  single: number
  item: number
  only: number
}

/** A line of at least so many, of whom so many want the one item and nothing else. */
export const ONE_MIND = { voters: 5, share: 0.75 }

export const NONE = { voters: 0, only: 0 }

export function count(group: Group, wanted: readonly number[], platform: string | undefined, by: 1 | -1): void {
  if (wanted.length === 0) return
  group.voters += by
  if (wanted.length === 1) group.single += by
  for (const itemId of wanted) {
    const item = group.items.get(itemId)
    if (item === undefined) group.items.set(itemId, { voters: by, only: wanted.length === 1 ? by : 0 })
    else {
      item.voters += by
      if (wanted.length === 1) item.only += by
      if (item.voters === 0) group.items.delete(itemId)
    }
  }
  if (platform === undefined) return
  const claimed = (group.platforms.get(platform) ?? 0) + by
  if (claimed === 0) group.platforms.delete(platform)
  else group.platforms.set(platform, claimed)
}

export function isOfOneMind({ voters, items }: Group): boolean {
  if (voters < ONE_MIND.voters) return false
  for (const { only } of items.values()) if (only >= ONE_MIND.share * voters) return true
  return false
}

export function sumOf(groups: readonly Group[]): Sum {
  const sum: Sum = { voters: 0, single: 0, items: new Map() }
  for (const { voters, single, items } of groups) {
    sum.voters += voters
    sum.single += single
    for (const [itemId, { voters: forItem, only }] of items) {
      const item = sum.items.get(itemId) ?? NONE
      sum.items.set(itemId, { voters: item.voters + forItem, only: item.only + only })
    }
  }
  return sum
}

export function newGroup(kind: Group['kind'], matches: string): Group {
  return { kind, matches, voters: 0, single: 0, items: new Map(), platforms: new Map() }
}
