/** Lines written straight into the ledger, as a test or a benchmark wants them: no server has to have seen them. */
import { randomUUID } from 'node:crypto'
import type { Queryable } from '../../db/queryable.ts'

export interface LedgerLine {
  service?: 'security_events' | 'decisions' | 'traffic' | 'expected_spikes'
  /** Milliseconds after the beginning. */
  at: number
  project?: number
  ipAddress?: string
  origin?: string
  fingerprint?: string
  endpoint?: string
  // security_events
  eventType?: string
  severity?: string
  errorMessage?: string
  detail?: Record<string, unknown>
  count?: number
  /** Default: `at`. */
  lastSeen?: number
  // decisions
  itemId?: number
  voter?: string
  tier?: 'v' | 'd'
  value?: 0 | 1
  state?: 'c' | 'h'
  country?: string
  detectors?: string[]
  // traffic
  actor?: string
  requests?: number
  records?: number
  // expected_spikes
  until?: number
}

/** Empties what lines are written to. */
export async function forgetLedger(db: Queryable): Promise<void> {
  await db.query('truncate security_events, decisions, traffic, expected_spikes, alerts, alert_timeline, watch_position cascade')
}

export async function insertLines(db: Queryable, begin: number, lines: readonly LedgerLine[]): Promise<void> {
  const of = (service: NonNullable<LedgerLine['service']>): LedgerLine[] => lines.filter((line) => (line.service ?? 'security_events') === service)
  await insertAll(db, begin, of('security_events'), of('decisions'), of('traffic'), of('expected_spikes'))
}

async function insertAll(db: Queryable, begin: number, events: LedgerLine[], decisions: LedgerLine[], traffic: LedgerLine[], spikes: LedgerLine[]): Promise<void> {
  const column = <T>(rows: LedgerLine[], pick: (line: LedgerLine) => T): T[] => rows.map((line) => pick(line))
  if (events.length > 0) {
    await db.query(
      `insert into security_events (project_id, occurred_at, event_id, event_type, severity, endpoint, origin, ip_address, fingerprint, error_message, detail, count, last_seen_at)
       select p, to_timestamp(at / 1000.0), id, type, severity, endpoint, origin, ip::inet, fingerprint, message, detail::jsonb, count, to_timestamp(seen / 1000.0)
       from unnest($1::int[], $2::float8[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::int[], $13::float8[])
         as l (p, at, id, type, severity, endpoint, origin, ip, fingerprint, message, detail, count, seen)`,
      [
        column(events, (l) => l.project ?? 1), column(events, (l) => begin + l.at), column(events, () => randomUUID()), column(events, (l) => l.eventType),
        column(events, (l) => l.severity ?? 'medium'), column(events, (l) => l.endpoint ?? '/'), column(events, (l) => l.origin ?? null),
        column(events, (l) => l.ipAddress ?? null), column(events, (l) => l.fingerprint ?? null), column(events, (l) => l.errorMessage ?? null),
        column(events, (l) => JSON.stringify(l.detail ?? {})), column(events, (l) => l.count ?? 1), column(events, (l) => begin + (l.lastSeen ?? l.at)),
      ])
  }
  if (decisions.length > 0) {
    await db.query(
      `insert into decisions (project_id, decided_at, decision_id, item_id, voter, tier, value, state, score, action, policy, breakdown, ip_address, network, fingerprint, origin, country)
       select p, to_timestamp(at / 1000.0), id, item, voter, tier::"char", value::"char", state::"char", 0, 'allow', 'test', breakdown::jsonb, ip::inet,
         network(set_masklen(ip::inet, case family(ip::inet) when 4 then 24 else 64 end)), fingerprint, origin, country
       from unnest($1::int[], $2::float8[], $3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])
         as l (p, at, id, item, voter, tier, value, state, breakdown, ip, fingerprint, origin, country)`,
      [
        column(decisions, (l) => l.project ?? 1), column(decisions, (l) => begin + l.at), column(decisions, () => randomUUID()), column(decisions, (l) => l.itemId ?? 1),
        column(decisions, (l) => l.voter ?? randomUUID()), column(decisions, (l) => l.tier ?? 'd'), column(decisions, (l) => String(l.value ?? 1)),
        column(decisions, (l) => l.state ?? 'c'), column(decisions, (l) => JSON.stringify({ found: (l.detectors ?? []).map((detector) => ({ detector })) })),
        column(decisions, (l) => l.ipAddress ?? '192.0.2.1'), column(decisions, (l) => l.fingerprint ?? null),
        column(decisions, (l) => l.origin ?? 'https://shop.example'), column(decisions, (l) => l.country ?? null),
      ])
  }
  if (traffic.length > 0) {
    await db.query(
      `insert into traffic (project_id, occurred_at, node, endpoint, status, actor, requests, records, duration_ms)
       select p, to_timestamp(at / 1000.0), $7::uuid, endpoint, 2, actor, requests, records, 1
       from unnest($1::int[], $2::float8[], $3::text[], $4::text[], $5::int[], $6::int[]) as l (p, at, endpoint, actor, requests, records)`,
      [
        column(traffic, (l) => l.project ?? 1), column(traffic, (l) => begin + l.at), column(traffic, (l) => l.endpoint ?? '/'), column(traffic, (l) => l.actor ?? ''),
        column(traffic, (l) => l.requests ?? 1), column(traffic, (l) => l.records ?? 0), randomUUID(),
      ])
  }
  for (const spike of spikes) {
    await db.query(
      `insert into expected_spikes (project_id, item_id, starts_at, ends_at, reason, actor)
       values ($1, $2, to_timestamp($3 / 1000.0), to_timestamp($4 / 1000.0), 'a launch', 'a moderator')`,
      [spike.project ?? 1, spike.itemId ?? null, begin + spike.at, begin + (spike.until ?? spike.at)])
  }
}
