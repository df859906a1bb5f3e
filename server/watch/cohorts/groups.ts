/**
 * Who voted for what, counted by what they share. Bounded: the voters heard of longest ago are forgotten first, and with
 * them whatever they counted for. Time comes with the votes.
 *
 * Fifty thousand voters with six signs each took 230 MB as Sets and Maps, and 27 µs of every vote; in columns they take 19 MB.
 * What a few people share is not counted until somebody asks (sharers.ts): it is no cohort yet.
 */
import type { CohortKind } from '../../contract/primitives.ts'
import { fit } from '../../gate/hash-index.ts'
import { KeyMemory, LEAST } from '../../gate/key-memory.ts'
import type { Signs } from '../../gate/signs.ts'
import type { ObservedVote } from '../observed-vote.ts'
import { type Group, NONE, ONE_MIND, type Others, type Sum, count, isOfOneMind, newGroup, sumOf } from './group.ts'
import { MOST_FEW, Sharers } from './sharers.ts'
import { Wants } from './wants.ts'

/** Signs a voter counts by: two machines on two lines, and all that comes with them. */
const MAX_SIGNS = 15

const KINDS: readonly CohortKind[] = ['gesture', 'machine', 'fingerprint', 'core', 'network', 'users', 'prefix', 'hosting']

interface Project {
  everybody: Group
  /** Networks that more than a household shares. */
  lines: Set<Group>
  /** Those of one mind, all together; made when it is asked for, and until somebody is counted. */
  ofOneMind: Sum | undefined
}

export class Groups {
  readonly #projects = new Map<number, Project>()
  /** Least recently heard of first. */
  readonly #voters: KeyMemory
  readonly #maxVoters: number
  readonly #horizonMs: number
  readonly #countedFrom: number
  readonly #wants: Wants
  readonly #sharers = new Sharers()
  /** By sign, where more than a few show it. */
  readonly #counted = new Map<number, Group>()
  /** By voter: the project, the operating system claimed (a place in `#platforms`), and the signs, oldest first. */
  #project = new Float64Array(LEAST)
  #platform = new Uint8Array(LEAST)
  #signs = new Int32Array(LEAST * MAX_SIGNS)
  #signCount = new Uint8Array(LEAST)
  /** They are PLATFORMS of user-agent.ts, and whatever else a test claims. */
  readonly #platforms: (string | undefined)[] = [undefined]
  readonly #items: number[] = []
  #forgotten = 0

  /** @param leastVoters nobody asks about smaller groups, unless by name */
  constructor(maxVoters: number, horizonMs: number, leastVoters: number = MOST_FEW + 1) {
    this.#maxVoters = maxVoters
    this.#horizonMs = horizonMs
    this.#countedFrom = Math.min(MOST_FEW + 1, leastVoters)
    this.#voters = new KeyMemory(maxVoters, horizonMs)
    this.#wants = new Wants(maxVoters)
  }

  get size(): number {
    return this.#voters.size
  }

  /** Voters forgotten before their time, to make room. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Counts one vote; answers the groups it belongs to, of those that more than a few people share. */
  observe(vote: ObservedVote): Group[] {
    this.#forgetOld(vote.at)
    const voter = this.#slotOf(vote)
    if (voter === undefined) return []
    const { projectId, itemId, value, signs } = vote
    this.#countAll(voter, -1)
    this.#wants.set(voter, itemId, value === 1)
    this.#show(voter, projectId, signs)
    this.#countAll(voter, 1)
    // Whoever takes everything back leaves, and comes back by the signs they come back with.
    if (!this.#wants.wantsAny(voter)) this.#leaveAll(voter)
    return this.#countedGroups(voter)
  }

  /**
   * The whole project without this group, and without other lines of one mind: what everybody else wants. Attackers on many
   * lines would otherwise vouch for each other.
   */
  others(projectId: number, group: Group, itemId: number): Others {
    const project = this.#projectOf(projectId)
    const { everybody, lines } = project
    project.ofOneMind ??= sumOf([...lines].filter(isOfOneMind))
    const all = everybody.items.get(itemId) ?? NONE
    const others = { voters: everybody.voters, single: everybody.single, item: all.voters, only: all.only }
    const leave = ({ voters, single, items }: Sum): void => {
      const own = items.get(itemId) ?? NONE
      others.voters -= voters
      others.single -= single
      others.item -= own.voters
      others.only -= own.only
    }
    // A sum of all lines once, not all lines for each group and item: of some thousand lines that took a second (measured).
    leave(project.ofOneMind)
    if (!lines.has(group) || !isOfOneMind(group)) leave(group)
    // One line may be left out twice, as part of the group and by itself: less is known then, never less than nothing.
    return {
      voters: Math.max(0, others.voters), single: Math.max(0, others.single), item: Math.max(0, others.item), only: Math.max(0, others.only),
    }
  }

  /** As it is now; one that a few people share does not change any more. */
  group(projectId: number, kind: CohortKind, matches: string): Group | undefined {
    const sign = this.#sharers.find(projectId, KINDS.indexOf(kind), matches)
    return sign < 0 ? undefined : this.#counted.get(sign) ?? this.#countFew(sign, kind, matches)
  }

  /** These voters’ votes for the item stop counting, in every group; what else they want still does. */
  taint(projectId: number, itemId: number, voters: Iterable<string>): void {
    for (const name of voters) {
      const voter = this.#voters.find(name, projectId)
      if (voter < 0) continue
      this.#countAll(voter, -1)
      this.#wants.taint(voter, itemId)
      this.#countAll(voter, 1)
    }
  }

  #slotOf({ projectId, voter, value, at, platform }: ObservedVote): number | undefined {
    if (this.#voters.find(voter, projectId) < 0) {
      if (value === 0) return undefined
      if (this.#voters.size >= this.#maxVoters) {
        this.#forgotten += 1
        this.#forget(this.#voters.oldest)
      }
    }
    const slot = this.#voters.keep(at, voter, projectId)
    this.#makePlace(slot)
    if (this.#voters.before === -Infinity) {
      this.#project[slot] = projectId
      this.#platform[slot] = this.#numberOf(platform)
    }
    return slot
  }

  #makePlace(slot: number): void {
    this.#project = fit(this.#project, slot, this.#maxVoters)
    this.#platform = fit(this.#platform, slot, this.#maxVoters)
    this.#signCount = fit(this.#signCount, slot, this.#maxVoters)
    this.#signs = fit(this.#signs, slot * MAX_SIGNS + MAX_SIGNS - 1, this.#maxVoters * MAX_SIGNS)
  }

  #numberOf(platform: string | undefined): number {
    const known = this.#platforms.indexOf(platform)
    if (known >= 0) return known
    return this.#platforms.length > 255 ? 0 : this.#platforms.push(platform) - 1
  }

  #forgetOld(now: number): void {
    for (let oldest = this.#voters.oldest; oldest >= 0; oldest = this.#voters.oldest) {
      if (this.#voters.at(oldest) > now - this.#horizonMs) return
      this.#forget(oldest)
    }
  }

  #forget(voter: number): void {
    this.#leaveAll(voter)
    this.#wants.clear(voter)
    this.#voters.forget(voter)
  }

  /** Leaves every group, and counts in none. */
  #leaveAll(voter: number): void {
    this.#countAll(voter, -1)
    for (let left = this.#signCount[voter] as number; left > 0; left -= 1) this.#leaveOldest(voter)
  }

  /** Everything about the voter is counted out while this happens. */
  #show(voter: number, projectId: number, signs: Signs): void {
    const known = this.#signsOf(voter)
    const fresh: { sign: number; kind: CohortKind; matches: string }[] = []
    for (const [kind, matches] of Object.entries(signs) as [CohortKind, string][]) {
      if (kind === 'surge') continue
      const sign = this.#sharers.take(projectId, KINDS.indexOf(kind), matches)
      if (!known.includes(sign)) fresh.push({ sign, kind, matches })
    }
    // Whoever shows another sign with every vote belongs to the newest ones only: a voter has a bounded part in the counting.
    for (let left = known.length; left + fresh.length > MAX_SIGNS; left -= 1) this.#leaveOldest(voter)
    for (const { sign, kind, matches } of fresh) {
      if (!this.#counted.has(sign) && this.#sharers.few(sign).length + 1 >= this.#countedFrom) {
        this.#counted.set(sign, this.#countFew(sign, kind, matches))
        this.#sharers.count(sign)
      }
      this.#sharers.join(sign, voter)
      const place = this.#signCount[voter] as number
      this.#signs[voter * MAX_SIGNS + place] = sign
      this.#signCount[voter] = place + 1
    }
  }

  /** Oldest first. */
  #signsOf(voter: number): Int32Array {
    const first = voter * MAX_SIGNS
    return this.#signs.subarray(first, first + (this.#signCount[voter] as number))
  }

  #leaveOldest(voter: number): void {
    const first = voter * MAX_SIGNS
    const sign = this.#signs[first] as number
    this.#signs.copyWithin(first, first + 1, first + MAX_SIGNS)
    this.#signCount[voter] = (this.#signCount[voter] as number) - 1
    if (!this.#sharers.leave(sign, voter)) return
    const group = this.#counted.get(sign)
    if (group === undefined) return
    this.#counted.delete(sign)
    const project = this.#projects.get(this.#project[voter] as number)
    if (project === undefined) return
    project.lines.delete(group)
    project.ofOneMind = undefined
  }

  #countFew(sign: number, kind: CohortKind, matches: string): Group {
    const group = newGroup(kind, matches)
    for (const voter of this.#sharers.few(sign)) count(group, this.#wants.read(voter, this.#items), this.#platformOf(voter), 1)
    return group
  }

  #platformOf(voter: number): string | undefined {
    return this.#platforms[this.#platform[voter] as number]
  }

  #countedGroups(voter: number): Group[] {
    if (this.#counted.size === 0) return []
    const groups: Group[] = []
    for (const sign of this.#signsOf(voter)) {
      const group = this.#counted.get(sign)
      if (group !== undefined) groups.push(group)
    }
    return groups
  }

  #countAll(voter: number, by: 1 | -1): void {
    const wanted = this.#wants.read(voter, this.#items)
    if (wanted.length === 0) return
    const platform = this.#platformOf(voter)
    const project = this.#projectOf(this.#project[voter] as number)
    const { everybody, lines } = project
    project.ofOneMind = undefined
    count(everybody, wanted, platform, by)
    for (const group of this.#countedGroups(voter)) {
      count(group, wanted, platform, by)
      if (group.voters === ONE_MIND.voters && (group.kind === 'network' || group.kind === 'users')) lines.add(group)
    }
  }

  #projectOf(projectId: number): Project {
    let project = this.#projects.get(projectId)
    if (project === undefined) this.#projects.set(projectId, (project = { everybody: newGroup('everybody', '*'), lines: new Set(), ofOneMind: undefined }))
    return project
  }
}
