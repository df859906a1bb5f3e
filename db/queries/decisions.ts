/** Why each recorded change of a vote was judged as it was. */
import type { StateCode, TierCode, ValueCode } from '../../server/gate/settle.ts'
import { jsonArray, plainColumn, textArray } from '../array-literal.ts'
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
  /** The device had no vote on this board when its session began. */
  newcomer: boolean
  /** What the policy on trial would have done, where that differs. */
  shadow: { policy: string; action: string; wouldHave?: string; score: number } | null
}

/** Made before it is sent: what cannot be written as text must throw before a commit is on its way. */
export const decisionValues = (rows: readonly DecisionRow[]): string[] => DECISION_COLUMNS.map(({ write }) => write(rows))

export async function insertDecisions(db: Queryable, values: readonly string[]): Promise<void> {
  await db.query({ name: 'decisions-insert', text: INSERT, values: [...values] })
}

interface DecisionColumn {
  column: string
  /** Of these rows, as one array. */
  write: (rows: readonly DecisionRow[]) => string
  /** What comes of the array at this place of the statement, a row at a time. */
  value: (place: string) => string
}
type Plain = string | number | boolean | null

const column = (name: string, type: string, write: DecisionColumn['write']): DecisionColumn =>
  ({ column: name, write, value: (place) => `unnest(${place}::${type}[])` })
const plain = (name: string, type: string, read: (row: DecisionRow) => Plain): DecisionColumn => column(name, type, (rows) => plainColumn(rows, read))
/** Whatever a client can word. */
const text = (name: string, read: (row: DecisionRow) => string | null): DecisionColumn => column(name, 'text', (rows) => textArray(rows.map(read)))
const json = (name: string, read: (row: DecisionRow) => unknown): DecisionColumn => column(name, 'jsonb', (rows) => jsonArray(rows.map(read)))
const time = (name: string, read: (row: DecisionRow) => number | null): DecisionColumn =>
  ({ column: name, write: (rows) => plainColumn(rows, read), value: (place) => `to_timestamp(unnest(${place}::float8[]) / 1000.0)` })

export const DECISION_COLUMNS: readonly DecisionColumn[] = [
  plain('project_id', 'int', (d) => d.projectId),
  time('decided_at', (d) => d.decidedAt),
  plain('decision_id', 'uuid', (d) => d.decisionId),
  plain('item_id', 'int', (d) => d.itemId),
  plain('voter', 'uuid', (d) => d.voter),
  plain('tier', '"char"', (d) => d.tier),
  plain('value', '"char"', (d) => d.value),
  plain('state', '"char"', (d) => d.state),
  plain('score', 'real', (d) => d.score),
  plain('action', 'text', (d) => d.action),
  plain('would_have', 'text', (d) => d.wouldHave),
  text('policy', (d) => d.policy),
  json('breakdown', (d) => d.breakdown),
  plain('ip_address', 'inet', (d) => d.ipAddress),
  plain('network', 'cidr', (d) => d.network),
  text('fingerprint', (d) => d.fingerprint),
  plain('device', 'uuid', (d) => d.device),
  text('user_agent', (d) => d.userAgent),
  text('origin', (d) => d.origin),
  text('end_user', (d) => d.endUser),
  json('signals', (d) => d.signals),
  text('core', (d) => d.core),
  plain('asn', 'int', (d) => d.asn),
  plain('hosting', 'boolean', (d) => d.hosting),
  text('country', (d) => d.country),
  plain('held_for', 'text', (d) => d.heldFor),
  plain('cohort_id', 'int', (d) => d.cohortId),
  time('held_until', (d) => d.heldUntil),
  plain('newcomer', 'boolean', (d) => d.newcomer),
  json('shadow', (d) => d.shadow),
]

const INSERT = `
  insert into decisions (${DECISION_COLUMNS.map((entry) => entry.column).join(', ')})
  select ${DECISION_COLUMNS.map(({ value }, index) => value(`$${index + 1}`)).join(', ')}`

/** The fingerprint this device showed when it last changed a vote, or null. */
export async function lastFingerprint(db: Queryable, projectId: number, device: string): Promise<string | null> {
  const { rows } = await db.query<{ fingerprint: string }>({
    name: 'decisions-last-fingerprint',
    text: `
      select fingerprint from decisions
      where project_id = $1 and fingerprint is not null and device = $2 and (voter = $2 or device <> voter)
      order by decided_at desc limit 1`,
    values: [projectId, device],
  })
  return rows[0]?.fingerprint ?? null
}
