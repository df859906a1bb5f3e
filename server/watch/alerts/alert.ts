/** An alert as the database stores it. Times in milliseconds since the epoch. */
import { createHash } from 'node:crypto'
import { ALERT_STATES, type DISPOSITIONS } from '../../contract/alert.ts'
import type { Severity } from '../../contract/primitives.ts'

export { ALERT_STATES }
export type AlertState = (typeof ALERT_STATES)[number]
export type Disposition = (typeof DISPOSITIONS)[number]

export interface Alert {
  /** 0: the installation. */
  projectId: number
  id: string
  rule: string
  ruleVersion: string
  title: string
  /** The values of the rule's group-by: whom or what it is about. */
  group: Record<string, string>
  groupKey: string
  state: AlertState
  severity: Severity
  /** Of the ledger’s line with which the condition first held. */
  startsAt: number
  /** When it had held for as long as the rule asks; null while pending. */
  firesAt: number | null
  /** Of the last line for which it held. */
  lastAt: number
  endsAt: number | null
  /** By the node’s clock. */
  detectedAt: number
  value: number
  lines: number
  /** Ids of the first lines. */
  evidence: string[]
  /** Another of the same group had only just ended: told to nobody, nothing done. */
  suppressed: boolean
  acknowledgedAt: number | null
  acknowledgedBy: string | null
  disposition: Disposition | null
  disposedAt: number | null
  disposedBy: string | null
  escalations: number
}

/** What happened to an alert, in order. `detail` is for a person and for the dashboard. */
export const TIMELINE_KINDS = [
  'pending', 'firing', 'resolved', 'severity', 'suppressed', 'silenced', 'inhibited', 'notified', 'delivered', 'undelivered', 'escalated',
  'response', 'response_ended', 'acknowledged', 'disposition', 'note',
] as const
export type TimelineKind = (typeof TIMELINE_KINDS)[number]
export interface TimelineEntry {
  projectId: number
  alertId: string
  at: number
  kind: TimelineKind
  /** `rule:<name>`, `channel:<name>`, or an operator’s name. */
  actor: string
  detail: Record<string, unknown>
}

/** Longer than this, a key is a digest: an index of PostgreSQL holds no more than 2704 bytes, and one group would fail every look. */
const LONGEST_KEY = 500

/** Keys in order, so that the same group always has the same text. */
export function groupKeyOf(group: Readonly<Record<string, string>>): string {
  const text = JSON.stringify(Object.keys(group).toSorted().map((name) => [name, group[name]]))
  return text.length <= LONGEST_KEY ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`
}
