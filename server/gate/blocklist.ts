/**
 * Standing blocks, arranged for one look per request. Pure: rows in, the first block that applies out. What is looked for by
 * many requests and nearly never there (sessions ended, limits tightened, work asked for) costs a look into one set then.
 */
import type { BlockCoverage } from '../contract/moderation.ts'
import type { BlockKind } from '../contract/primitives.ts'
import { inNetwork, networkOf, prefixOf } from './network.ts'

export interface BlockEntry {
  id: number
  /** 0: every project. */
  projectId: number
  kind: BlockKind
  matches: string
  createdAt: number
  expiresAt: number
  covers: BlockCoverage
  /** It holds for requests from there only; '': from everywhere. */
  source: string
  automatic: boolean
}

/** What is known of the request so far; a block on what is not known yet is looked for again when it is. */
export type BlockSubject = Partial<Record<Exclude<BlockKind, 'network'>, string>>

/** One subscriber as well as an address can tell: an IPv4 address, or a /64 of IPv6, in which a host has all addresses it wants. */
export const sourceOf = (address: string): string => (address.includes(':') ? networkOf(address) : address)

export class Blocklist {
  readonly #exact = new Map<string, BlockEntry>()
  readonly #networks = new Map<string, BlockEntry[]>()
  /** Projects that have a block of this coverage. */
  readonly #projects: Readonly<Record<BlockCoverage, Set<number>>> = {
    widget: new Set(), writes: new Set(), operator: new Set(), sessions: new Set(), limits: new Set(), step_up: new Set(),
  }
  /** Whether any block holds for one source only: most installations never pay for that look. */
  #bound = false
  /** Whether any is on a /64, or on a /48. */
  #subnets = false
  #prefixes = false
  /** A request asks several times in a row, and taking an IPv6 address apart is most of what that costs. */
  #last = { ip: '', source: '' }

  constructor(entries: readonly BlockEntry[]) {
    for (const entry of entries) this.add(entry)
  }

  add(entry: BlockEntry): void {
    const { projectId, kind, matches, covers, source } = entry
    this.#projects[covers].add(projectId)
    if (source !== '') this.#bound = true
    // The server stops a whole /64 or /48 at once, and whoever rents more has 65 536 of them: those are looked up, not gone through.
    const wide = kind === 'network' && matches.includes(':')
    const subnet = wide && matches.endsWith('/64')
    const prefix = wide && matches.endsWith('/48')
    if (subnet) this.#subnets = true
    if (prefix) this.#prefixes = true
    if (kind === 'network' && !subnet && !prefix) {
      const scope = `${projectId}\0${covers}`
      const networks = this.#networks.get(scope)
      if (networks === undefined) this.#networks.set(scope, [entry])
      else networks.push(entry)
      return
    }
    const key = keyOf(projectId, covers, kind, matches, source)
    const standing = this.#exact.get(key)
    // A person’s and the server’s own can stand side by side: what ends later, ends it.
    if (standing === undefined || standing.expiresAt < entry.expiresAt) this.#exact.set(key, entry)
  }

  /** Blocks of that project; 0 asks for those on every project. A block bound to a source applies where `ip` is given. */
  find(projectId: number, subject: BlockSubject, now: number, covers: BlockCoverage = 'widget'): BlockEntry | undefined {
    if (!this.#projects[covers].has(projectId)) return undefined
    const { ip } = subject
    const source = this.#bound && ip !== undefined ? this.#sourceOf(ip) : undefined
    for (const [kind, value] of Object.entries(subject)) {
      const entry = this.#standing(keyOf(projectId, covers, kind, value, ''), now)
        ?? (source === undefined ? undefined : this.#standing(keyOf(projectId, covers, kind, value, source), now))
      if (entry !== undefined) return entry
    }
    if (ip === undefined) return undefined
    return this.#onSubnet(projectId, ip, now, covers) ?? this.#onPrefix(projectId, ip, now, covers) ?? this.#networks.get(`${projectId}\0${covers}`)?.find((entry) => entry.expiresAt > now && inNetwork(ip, entry.matches))
  }

  /** When the sessions of this subject were ended last: those that began before are over. undefined: they were not. */
  sessionsEndedAt(projectId: number, subject: BlockSubject, now: number): number | undefined {
    if (!this.#projects.sessions.has(projectId)) return undefined
    const { ip } = subject
    const entries = Object.entries(subject).map(([kind, value]) => this.#standing(keyOf(projectId, 'sessions', kind, value, ''), now))
    if (ip !== undefined) {
      entries.push(this.#onSubnet(projectId, ip, now, 'sessions'), this.#onPrefix(projectId, ip, now, 'sessions'))
      for (const entry of this.#networks.get(`${projectId}\0sessions`) ?? []) if (entry.expiresAt > now && inNetwork(ip, entry.matches)) entries.push(entry)
    }
    const times = entries.flatMap((entry) => (entry === undefined ? [] : [entry.createdAt]))
    return times.length === 0 ? undefined : Math.max(...times)
  }

  /** The block that keeps this user out at this address alone. */
  findLockout(projectId: number, user: string, ip: string, now: number): BlockEntry | undefined {
    return this.#bound ? this.#standing(keyOf(projectId, 'widget', 'user', user, this.#sourceOf(ip)), now) : undefined
  }

  #onSubnet(projectId: number, ip: string, now: number, covers: BlockCoverage): BlockEntry | undefined {
    return this.#subnets && ip.includes(':') ? this.#standing(keyOf(projectId, covers, 'network', this.#sourceOf(ip), ''), now) : undefined
  }

  #onPrefix(projectId: number, ip: string, now: number, covers: BlockCoverage): BlockEntry | undefined {
    const prefix = this.#prefixes ? prefixOf(ip) : undefined
    return prefix === undefined ? undefined : this.#standing(keyOf(projectId, covers, 'network', prefix, ''), now)
  }

  #sourceOf(ip: string): string {
    if (this.#last.ip !== ip) this.#last = { ip, source: sourceOf(ip) }
    return this.#last.source
  }

  #standing(key: string, now: number): BlockEntry | undefined {
    const entry = this.#exact.get(key)
    return entry !== undefined && entry.expiresAt > now ? entry : undefined
  }
}

const keyOf = (projectId: number, covers: string, kind: string, matches: string, source: string): string =>
  `${projectId}\0${covers}\0${kind}\0${matches}\0${source}`
