/**
 * Who voted for what, counted by what they share. Bounded: the voters heard of longest ago are forgotten first, and with
 * them whatever they counted for. Time comes with the votes.
 */
import type { CohortKind } from '../../contract/primitives.ts'
import type { ObservedVote } from '../observed-vote.ts'

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

/** Of the voters outside a group: all, those of one item only, those for this item, those for this item only. */
export interface Others {
  voters: number
  single: number
  item: number
  only: number
}

interface VoterRecord {
  readonly projectId: number
  readonly items: Set<number>
  /** Of the items, those whose vote is accounted for by a cohort: no longer evidence of what people want. */
  readonly tainted: Set<number>
  /** Oldest first. */
  readonly groups: Set<Group>
  readonly platform: string | undefined
  lastAt: number
}

/** Groups a voter counts in: two machines on two lines, and all that comes with them. */
const MAX_SIGNS = 16

/** A line of at least so many, of whom so many want the one item and nothing else. */
const ONE_MIND = { voters: 5, share: 0.75 }

const groupKey = (kind: string, matches: string): string => `${kind} ${matches}`

interface Project {
  everybody: Group
  groups: Map<string, Group>
  /** Networks that more than a household shares. */
  lines: Set<Group>
}

export class Groups {
  readonly #projects = new Map<number, Project>()
  /** Least recently heard of first. */
  readonly #voters = new Map<string, VoterRecord>()
  readonly #maxVoters: number
  readonly #horizonMs: number
  #forgotten = 0

  constructor(maxVoters: number, horizonMs: number) {
    this.#maxVoters = maxVoters
    this.#horizonMs = horizonMs
  }

  get size(): number {
    return this.#voters.size
  }

  /** Voters forgotten before their time, to make room. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Counts one vote; answers the groups it belongs to, the most telling kind first. */
  observe(vote: ObservedVote): Group[] {
    this.#forget(vote.at)
    const record = this.#recordOf(vote)
    if (record === undefined) return []
    const project = this.#project(vote.projectId)
    for (const group of record.groups) this.#count(group, record, -1)
    if (vote.value === 1) record.items.add(vote.itemId)
    else record.items.delete(vote.itemId)
    for (const [kind, matches] of Object.entries(vote.signs) as [CohortKind, string][]) {
      if (kind !== 'surge') record.groups.add(this.#group(project, kind, matches))
    }
    this.#dropOldest(record)
    for (const group of record.groups) {
      this.#count(group, record, 1)
      if (group.voters === ONE_MIND.voters && (group.kind === 'network' || group.kind === 'users')) project.lines.add(group)
    }
    if (record.items.size === 0) {
      // Whoever takes everything back leaves, and comes back by the signs they come back with.
      for (const group of record.groups) this.#dropEmpty(vote.projectId, group)
      record.groups.clear()
      record.groups.add(project.everybody)
    }
    return [...record.groups].filter(({ kind }) => kind !== 'everybody')
  }

  /**
   * The whole project without this group, and without other lines of one mind: what everybody else wants. Attackers on many
   * lines would otherwise vouch for each other.
   */
  others(projectId: number, group: Group, itemId: number): Others {
    const project = this.#project(projectId)
    const { everybody } = project
    const all = everybody.items.get(itemId) ?? NONE
    const others = { voters: everybody.voters, single: everybody.single, item: all.voters, only: all.only }
    const leave = ({ voters, single, items }: Group): void => {
      const own = items.get(itemId) ?? NONE
      others.voters -= voters
      others.single -= single
      others.item -= own.voters
      others.only -= own.only
    }
    leave(group)
    for (const line of project.lines) {
      if (line !== group && isOfOneMind(line)) leave(line)
    }
    // One line may be left out twice, as part of the group and by itself: less is known then, never less than nothing.
    return {
      voters: Math.max(0, others.voters), single: Math.max(0, others.single), item: Math.max(0, others.item), only: Math.max(0, others.only),
    }
  }

  group(projectId: number, kind: CohortKind, matches: string): Group | undefined {
    return this.#projects.get(projectId)?.groups.get(groupKey(kind, matches))
  }

  /** These voters’ votes for the item stop counting, in every group; what else they want still does. */
  taint(projectId: number, itemId: number, voters: Iterable<string>): void {
    for (const voter of voters) {
      const record = this.#voters.get(`${projectId} ${voter}`)
      if (record === undefined || record.tainted.has(itemId)) continue
      for (const group of record.groups) this.#count(group, record, -1)
      record.tainted.add(itemId)
      for (const group of record.groups) this.#count(group, record, 1)
    }
  }

  /** Whoever shows another sign with every vote belongs to the newest ones only: a voter has a bounded part in the counting. */
  #dropOldest(record: VoterRecord): void {
    for (const group of record.groups) {
      if (record.groups.size <= MAX_SIGNS) return
      if (group.kind === 'everybody') continue
      record.groups.delete(group)
      this.#dropEmpty(record.projectId, group)
    }
  }

  #recordOf({ projectId, voter, value, at, platform }: ObservedVote): VoterRecord | undefined {
    const key = `${projectId} ${voter}`
    const known = this.#voters.get(key)
    if (known === undefined && value === 0) return undefined
    const record: VoterRecord = known ?? {
      projectId, items: new Set(), groups: new Set([this.#project(projectId).everybody]), tainted: new Set(), platform, lastAt: at,
    }
    record.lastAt = at
    this.#voters.delete(key)
    this.#voters.set(key, record)
    return record
  }

  #forget(now: number): void {
    for (const [key, record] of this.#voters) {
      const recent = record.lastAt > now - this.#horizonMs
      if (this.#voters.size <= this.#maxVoters && recent) return
      if (recent) this.#forgotten += 1
      this.#voters.delete(key)
      this.#leaveAll(record)
    }
  }

  #leaveAll(record: VoterRecord): void {
    for (const group of record.groups) {
      this.#count(group, record, -1)
      this.#dropEmpty(record.projectId, group)
    }
    record.groups.clear()
  }

  #count(group: Group, { items, tainted, platform }: VoterRecord, sign: 1 | -1): void {
    const wanted = [...items].filter((itemId) => !tainted.has(itemId))
    if (wanted.length === 0) return
    group.voters += sign
    if (wanted.length === 1) group.single += sign
    for (const itemId of wanted) {
      const item = group.items.get(itemId) ?? { voters: 0, only: 0 }
      item.voters += sign
      if (wanted.length === 1) item.only += sign
      if (item.voters === 0) group.items.delete(itemId)
      else group.items.set(itemId, item)
    }
    if (platform !== undefined) {
      const claimed = (group.platforms.get(platform) ?? 0) + sign
      if (claimed === 0) group.platforms.delete(platform)
      else group.platforms.set(platform, claimed)
    }
  }

  #dropEmpty(projectId: number, group: Group): void {
    if (group.voters > 0) return
    const project = this.#projects.get(projectId)
    project?.groups.delete(groupKey(group.kind, group.matches))
    project?.lines.delete(group)
  }

  #project(projectId: number): Project {
    let project = this.#projects.get(projectId)
    if (project === undefined) {
      project = { everybody: newGroup('everybody', '*'), groups: new Map(), lines: new Set() }
      this.#projects.set(projectId, project)
    }
    return project
  }

  #group(project: Project, kind: CohortKind, matches: string): Group {
    const key = groupKey(kind, matches)
    let group = project.groups.get(key)
    if (group === undefined) project.groups.set(key, (group = newGroup(kind, matches)))
    return group
  }
}

const NONE = { voters: 0, only: 0 }

function isOfOneMind({ voters, items }: Group): boolean {
  if (voters < ONE_MIND.voters) return false
  for (const { only } of items.values()) if (only >= ONE_MIND.share * voters) return true
  return false
}

function newGroup(kind: Group['kind'], matches: string): Group {
  return { kind, matches, voters: 0, single: 0, items: new Map(), platforms: new Map() }
}
