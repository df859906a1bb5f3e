/** Standing blocks, arranged for one look per request. Pure: rows in, the first block that applies out. */
import type { BlockKind } from '../contract/primitives.ts'
import { inNetwork } from './network.ts'

export interface BlockEntry {
  id: number
  projectId: number
  kind: BlockKind
  matches: string
  expiresAt: number
}

/** What is known of the request so far; a block on what is not known yet is looked for again when it is. */
export type BlockSubject = Partial<Record<Exclude<BlockKind, 'network'>, string>>

export class Blocklist {
  readonly #exact = new Map<string, BlockEntry>()
  readonly #networks = new Map<number, BlockEntry[]>()

  constructor(entries: readonly BlockEntry[]) {
    for (const entry of entries) {
      if (entry.kind === 'network') this.#networks.set(entry.projectId, [...(this.#networks.get(entry.projectId) ?? []), entry])
      else this.#exact.set(`${entry.projectId}\0${entry.kind}\0${entry.matches}`, entry)
    }
  }

  find(projectId: number, subject: BlockSubject, now: number): BlockEntry | undefined {
    for (const [kind, value] of Object.entries(subject)) {
      const entry = this.#exact.get(`${projectId}\0${kind}\0${value}`)
      if (entry !== undefined && entry.expiresAt > now) return entry
    }
    const { ip } = subject
    if (ip === undefined) return undefined
    return this.#networks.get(projectId)?.find((entry) => entry.expiresAt > now && inNetwork(ip, entry.matches))
  }
}
