/**
 * Floods become counts: like events within a window are one row, so being attacked is not a write amplification attack
 * on Postgres. Pure: time comes in, rows and increments go out.
 */
import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { networkOf, prefixOf } from '../gate/network.ts'
import type { LedgerEvent } from './event.ts'

export interface NewRow {
  id: string
  occurredAt: number
  lastSeenAt: number
  count: number
  event: LedgerEvent
}
export interface Increment {
  id: string
  projectId: number
  occurredAt: number
  lastSeenAt: number
  by: number
}
export interface LedgerBatch {
  rows: NewRow[]
  increments: Increment[]
}

interface Open {
  id: string
  /** The network that opened it, for `maxPerNetwork`. */
  source: string
  projectId: number
  occurredAt: number
  lastSeenAt: number
  /** Seen since the last drain, and not yet in the database. */
  pending: number
  /** Whether a drain has handed out the row itself. */
  written: boolean
  event: LedgerEvent
}

export interface CoalescerLimits {
  windowMs: number
  /** Distinct kinds of events held at once; past it they fold into one row per project and type. */
  maxOpen: number
  /**
   * Of them, how many one network may open. Text of its own choice, such as Origin, makes every request another kind: one host
   * opened all 5000 within seconds, wrote 500 rows a second, and everybody else’s events were folded.
   */
  maxPerNetwork: number
}

export class Coalescer {
  readonly #limits: CoalescerLimits
  readonly #open = new Map<string, Open>()
  readonly #openBySource = new Map<string, number>()
  #folded = 0

  constructor(limits: CoalescerLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#open.size
  }

  /** How many events lost their own row because `maxOpen` or `maxPerNetwork` was reached. Their count is kept. */
  get folded(): number {
    return this.#folded
  }

  add(event: LedgerEvent, now: number): void {
    // Of IPv6 the /48: whoever rents one has 65536 networks, and a share for each would be all the room there is.
    const source = event.ipAddress === null ? '' : prefixOf(event.ipAddress) ?? networkOf(event.ipAddress)
    let key = keyOf(event)
    const opened = this.#openBySource.get(source) ?? 0
    if (!this.#open.has(key) && opened >= this.#limits.maxPerNetwork) {
      const folded = foldEvent(event, 'Many different events from one network at once; folded into one row', { network: source })
      const about = `folded\0${event.projectId}\0${event.eventType}\0${event.severity}`
      // Each address answers for its own while there is room for as many rows again. Then all of them for the network, by its first
      // address, which is nobody's: a neighbour's would be blocked for what the others did.
      const whose = `${about}\0${sourceAddress(event.ipAddress)}`
      const isOwn = this.#open.has(whose) || opened < 2 * this.#limits.maxPerNetwork
      event = isOwn ? folded : { ...folded, ipAddress: event.ipAddress === null ? null : firstOf(source) }
      key = isOwn ? whose : `${about}\0${source}`
    }
    if (!this.#open.has(key) && this.#open.size >= this.#limits.maxOpen) {
      event = { ...foldEvent(event, 'Many more sources at once; folded into one row', {}), ipAddress: null }
      key = `folded\0${event.projectId}\0${event.eventType}\0${event.severity}`
    }
    if (event.detail['folded'] === true) this.#folded += 1
    const open = this.#open.get(key)
    // A window past its time stays open while it holds counts the database has not seen: nothing is lost, nothing grows.
    if (open === undefined || (now - open.occurredAt >= this.#limits.windowMs && open.pending === 0)) {
      if (open === undefined) this.#openBySource.set(source, (this.#openBySource.get(source) ?? 0) + 1)
      this.#open.set(key, {
        id: uuidv7({ msecs: now }), source: open?.source ?? source, projectId: event.projectId, occurredAt: now, lastSeenAt: now,
        pending: 1, written: false, event,
      })
      return
    }
    open.pending += 1
    open.lastSeenAt = Math.max(open.lastSeenAt, now)
  }

  /** What is to be written now. Closed windows leave the map here, so it cannot grow without drains. */
  drain(now: number): LedgerBatch {
    const batch: LedgerBatch = { rows: [], increments: [] }
    for (const [key, open] of this.#open) {
      if (open.pending > 0) {
        const { id, projectId, occurredAt, lastSeenAt, pending } = open
        if (open.written) batch.increments.push({ id, projectId, occurredAt, lastSeenAt, by: pending })
        else batch.rows.push({ id, occurredAt, lastSeenAt, count: pending, event: open.event })
        open.written = true
        open.pending = 0
      }
      if (now - open.occurredAt < this.#limits.windowMs) continue
      this.#open.delete(key)
      const left = (this.#openBySource.get(open.source) ?? 1) - 1
      if (left > 0) this.#openBySource.set(open.source, left)
      else this.#openBySource.delete(open.source)
    }
    return batch
  }
}

const firstOf = (network: string): string | null => network.split('/')[0] ?? null
/** Of IPv6 the /64: who has one of its addresses has them all. */
const sourceAddress = (address: string | null): string | null => (address?.includes(':') === true ? firstOf(networkOf(address)) : address)

function foldEvent(event: LedgerEvent, errorMessage: string, detail: Record<string, unknown>): LedgerEvent {
  return {
    ...event, endpoint: '*', origin: null, fingerprint: null, endUserEmail: null, endUserId: null, errorMessage,
    detail: { folded: true, ...detail },
  }
}

/** What makes an event of another kind, besides its columns: rules count its different values, or wait for one of them. */
const TELLS_APART = ['kind', 'user', 'apiKey', 'pattern', 'signature', 'monitor', 'target', 'state', 'by'] as const

function keyOf(event: LedgerEvent): string {
  const { detail, ...rest } = event
  return createHash('sha1').update(JSON.stringify([rest, TELLS_APART.map((name) => detail[name] ?? null)])).digest('base64')
}
