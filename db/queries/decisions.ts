/** Why each recorded change of a vote was judged as it was. */
import type { StateCode, TierCode, ValueCode } from '../../server/gate/settle.ts'
import type { Queryable } from '../queryable.ts'

export interface DecisionRow {
  projectId: number
  /** UUIDv7 made at decidedAt. */
  decisionId: string
  decidedAt: number
  itemId: number
  voter: string
  tier: TierCode
  value: ValueCode
  state: StateCode
  score: number
  action: string
  wouldHave: string | null
  policy: string
  breakdown: unknown
  ipAddress: string
  network: string
  fingerprint: string | null
  device: string | null
  userAgent: string | null
  origin: string
  endUser: string | null
  signals: unknown
  core: string | null
  asn: number | null
  hosting: boolean | null
  country: string | null
  heldFor: 'score' | 'seat' | 'cohort' | 'age' | null
  cohortId: number | null
  heldUntil: number | null
  /** When the device token was given out. */
  deviceSince: number | null
  /** The device had no vote on this board when its session began. */
  newcomer: boolean
  /** What the policy on trial would have done, where that differs. */
  shadow: { policy: string; action: string; wouldHave?: string; score: number } | null
}

export async function insertDecisions(db: Queryable, rows: readonly DecisionRow[]): Promise<void> {
  if (rows.length === 0) return
  await db.query({
    name: 'decisions-insert',
    text: `
      insert into decisions (project_id, decided_at, decision_id, item_id, voter, tier, value, state, score, policy, breakdown,
        ip_address, network, fingerprint, device, user_agent, origin, end_user, signals, action, would_have,
        core, asn, country, held_for, cohort_id, shadow, held_until, device_since, newcomer, hosting)
      select project_id, to_timestamp(decided_at / 1000.0), decision_id, item_id, voter, tier::"char", value::"char", state::"char",
        score, policy, breakdown::jsonb, ip_address::inet, network::cidr, fingerprint, device, user_agent, origin, end_user, signals::jsonb,
        action, would_have, core, asn, country, held_for, cohort_id, shadow::jsonb,
        to_timestamp(held_until / 1000.0), to_timestamp(device_since / 1000.0), newcomer, hosting
      from unnest($1::int[], $2::float8[], $3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::real[],
        $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::uuid[], $16::text[], $17::text[], $18::text[], $19::text[],
        $20::text[], $21::text[], $22::text[], $23::int[], $24::text[], $25::text[], $26::int[], $27::text[],
        $28::float8[], $29::float8[], $30::boolean[], $31::boolean[])
        as d (project_id, decided_at, decision_id, item_id, voter, tier, value, state, score, policy, breakdown,
          ip_address, network, fingerprint, device, user_agent, origin, end_user, signals, action, would_have,
          core, asn, country, held_for, cohort_id, shadow, held_until, device_since, newcomer, hosting)`,
    values: [
      rows.map((d) => d.projectId), rows.map((d) => d.decidedAt), rows.map((d) => d.decisionId), rows.map((d) => d.itemId),
      rows.map((d) => d.voter), rows.map((d) => d.tier), rows.map((d) => String(d.value)), rows.map((d) => d.state),
      rows.map((d) => d.score), rows.map((d) => d.policy), rows.map((d) => JSON.stringify(d.breakdown)),
      rows.map((d) => d.ipAddress), rows.map((d) => d.network), rows.map((d) => d.fingerprint), rows.map((d) => d.device),
      rows.map((d) => d.userAgent), rows.map((d) => d.origin), rows.map((d) => d.endUser),
      rows.map((d) => (d.signals === null ? null : JSON.stringify(d.signals))), rows.map((d) => d.action), rows.map((d) => d.wouldHave),
      rows.map((d) => d.core), rows.map((d) => d.asn), rows.map((d) => d.country), rows.map((d) => d.heldFor), rows.map((d) => d.cohortId),
      rows.map((d) => (d.shadow === null ? null : JSON.stringify(d.shadow))), rows.map((d) => d.heldUntil), rows.map((d) => d.deviceSince),
      rows.map((d) => d.newcomer), rows.map((d) => d.hosting),
    ],
  })
}

/** The fingerprint this device showed when it last changed a vote, or null. */
export async function lastFingerprint(db: Queryable, projectId: number, device: string): Promise<string | null> {
  const { rows } = await db.query<{ fingerprint: string }>({
    name: 'decisions-last-fingerprint',
    text: `
      select fingerprint from decisions
      where project_id = $1 and device = $2 and fingerprint is not null
      order by decided_at desc limit 1`,
    values: [projectId, device],
  })
  return rows[0]?.fingerprint ?? null
}
