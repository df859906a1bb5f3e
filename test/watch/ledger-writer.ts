/**
 * Writes many made-up lines into the ledger, a few thousand at a time. Ids are counted, so the same calls make the same ledger.
 * Coalesced events are one line with a count, as the server writes them.
 */
import type { Queryable } from '../../db/queryable.ts'
import type { EventType, Severity } from '../../server/contract/primitives.ts'
import { networkOf } from '../../server/gate/network.ts'

export interface EventLine {
  projectId: number
  /** Milliseconds since the epoch. */
  at: number
  eventType: EventType
  severity: Severity
  endpoint: string
  ipAddress: string
  origin?: string
  fingerprint?: string
  errorMessage?: string
  detail?: Record<string, unknown>
  count?: number
  lastSeenAt?: number
}
export interface DecisionLine {
  projectId: number
  at: number
  itemId: number
  voter: string
  verified: boolean
  ipAddress: string
  device: string
  fingerprint?: string
  core?: string
  country?: string
  origin: string
  newcomer: boolean
  score: number
  detectors: readonly string[]
  /** Default: counted, and held from a score of .55 on. */
  held?: boolean
}
export interface TrafficLine {
  projectId: number
  at: number
  endpoint: string
  requests: number
  status?: number
  actor?: string
  ipAddress?: string
  records?: number
}

const ROWS = 4000
const NODE = '00000000-0000-4000-8000-000000000001'

/** The n-th of its kind, as a UUID. */
export const uuidFor = (kind: number, n: number): string =>
  `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`

export class LedgerWriter {
  readonly #db: Queryable
  readonly #firstId: number
  #events: EventLine[] = []
  #decisions: DecisionLine[] = []
  #traffic: TrafficLine[] = []
  readonly written = { events: 0, decisions: 0, traffic: 0 }

  /** @param firstId tells the lines of two writers apart */
  constructor(db: Queryable, firstId = 1) {
    this.#db = db
    this.#firstId = firstId
  }

  async event(line: EventLine): Promise<void> {
    if (this.#events.push(line) >= ROWS) await this.#flushEvents()
  }

  async decision(line: DecisionLine): Promise<void> {
    if (this.#decisions.push(line) >= ROWS) await this.#flushDecisions()
  }

  async traffic(line: TrafficLine): Promise<void> {
    if (this.#traffic.push(line) >= ROWS) await this.#flushTraffic()
  }

  /** Whatever is left, and figures for the planner; of a million lines those take longer than a pool gives a statement by default. */
  async end(): Promise<void> {
    await this.#flushEvents()
    await this.#flushDecisions()
    await this.#flushTraffic()
    for (const table of ['security_events', 'decisions', 'traffic']) await this.#db.query(`analyze ${table}`)
  }

  async #flushEvents(): Promise<void> {
    const rows = this.#events
    this.#events = []
    if (rows.length === 0) return
    await this.#db.query(
      `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, origin, ip_address, fingerprint,
         error_message, detail, count, last_seen_at)
       select p, to_timestamp(at / 1000.0), id, type, severity, endpoint, origin, ip::inet, fingerprint, message, detail::jsonb, n, to_timestamp(seen / 1000.0)
       from unnest($1::int[], $2::float8[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
         $12::int[], $13::float8[]) as l (p, at, id, type, severity, endpoint, origin, ip, fingerprint, message, detail, n, seen)`,
      [
        rows.map((row) => row.projectId), rows.map((row) => row.at), rows.map((_, index) => uuidFor(this.#firstId, this.written.events + index)),
        rows.map((row) => row.eventType), rows.map((row) => row.severity), rows.map((row) => row.endpoint), rows.map((row) => row.origin ?? null),
        rows.map((row) => row.ipAddress), rows.map((row) => row.fingerprint ?? null), rows.map((row) => row.errorMessage ?? null),
        rows.map((row) => JSON.stringify(row.detail ?? {})), rows.map((row) => row.count ?? 1), rows.map((row) => row.lastSeenAt ?? row.at),
      ],
    )
    this.written.events += rows.length
  }

  async #flushDecisions(): Promise<void> {
    const rows = this.#decisions
    this.#decisions = []
    if (rows.length === 0) return
    await this.#db.query(
      `insert into decisions (project_id, decided_at, decision_id, item_id, voter, tier, value, state, score, action, policy, breakdown, ip_address, network,
         fingerprint, device, origin, core, country, newcomer)
       select p, to_timestamp(at / 1000.0), id, item, voter, tier::"char", '1', state::"char", score, action, 'benchmark', breakdown::jsonb, ip::inet, network::cidr,
         fingerprint, device, origin, core, country, newcomer
       from unnest($1::int[], $2::float8[], $3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::text[], $8::real[], $9::text[], $10::text[], $11::text[],
         $12::text[], $13::text[], $14::uuid[], $15::text[], $16::text[], $17::text[], $18::boolean[])
         as l (p, at, id, item, voter, tier, state, score, action, breakdown, ip, network, fingerprint, device, origin, core, country, newcomer)`,
      [
        rows.map((row) => row.projectId), rows.map((row) => row.at), rows.map((_, index) => uuidFor(this.#firstId, this.written.decisions + index)),
        rows.map((row) => row.itemId), rows.map((row) => row.voter), rows.map((row) => (row.verified ? 'v' : 'd')),
        rows.map((row) => (isHeld(row) ? 'h' : 'c')), rows.map((row) => row.score), rows.map((row) => (isHeld(row) ? 'hold' : 'allow')),
        rows.map((row) => JSON.stringify({ found: row.detectors.map((detector) => ({ detector, value: 1 })), credits: [], missing: [] })),
        rows.map((row) => row.ipAddress), rows.map((row) => networkOf(row.ipAddress)), rows.map((row) => row.fingerprint ?? null),
        rows.map((row) => row.device), rows.map((row) => row.origin), rows.map((row) => row.core ?? null), rows.map((row) => row.country ?? null),
        rows.map((row) => row.newcomer),
      ],
    )
    this.written.decisions += rows.length
  }

  async #flushTraffic(): Promise<void> {
    const rows = this.#traffic
    this.#traffic = []
    if (rows.length === 0) return
    await this.#db.query(
      `insert into traffic (project_id, occurred_at, node, endpoint, status, actor, ip_address, requests, records, duration_ms)
       select p, to_timestamp(at / 1000.0), $8::uuid, endpoint, status, actor, ip::inet, requests, records, requests * 3
       from unnest($1::int[], $2::float8[], $3::text[], $4::int[], $5::text[], $6::int[], $7::int[], $9::text[]) as l (p, at, endpoint, status, actor, requests, records, ip)`,
      [
        rows.map((row) => row.projectId), rows.map((row) => row.at), rows.map((row) => row.endpoint), rows.map((row) => row.status ?? 2),
        rows.map((row) => row.actor ?? ''), rows.map((row) => row.requests), rows.map((row) => row.records ?? 0), NODE, rows.map((row) => row.ipAddress ?? null),
      ],
    )
    this.written.traffic += rows.length
  }
}

const isHeld = ({ held, score }: DecisionLine): boolean => held ?? score >= 0.55
