/**
 * Which of the alerts that fire are told to nobody for now, and since when. What was known last is kept where channels keep
 * what they were told, under the channel that does not exist (0), so that a change is written down once.
 */
import type { RuleLibrary } from '../language/library.ts'
import type { Alert, TimelineEntry } from './alert.ts'
import { type Silence, inhibitedBy, inhibitsOf, silenceOf } from './silence.ts'
import type { NotifiedGroup } from './told.ts'

export const NO_CHANNEL = 0

export interface Muting {
  /** Ids of those that are silenced or inhibited. */
  muted: ReadonlySet<string>
  told: NotifiedGroup[]
  timeline: TimelineEntry[]
}

interface Mute {
  kind: 'silenced' | 'inhibited'
  /** Of the silence, or of the alert that inhibits. */
  id: string
  actor: string
  detail: Record<string, unknown>
}

export interface MutingInput {
  /** Of one project and rule. */
  alerts: readonly Alert[]
  /** Those that may inhibit others: see `findInhibiting`. */
  inhibiting: readonly Alert[]
  silences: readonly Silence[]
  before: NotifiedGroup | undefined
  library: RuleLibrary
  now: number
}

/** Alerts whose rules inhibit some other. */
export const findInhibiting = (alerts: readonly Alert[], library: RuleLibrary): Alert[] =>
  alerts.filter(({ state, rule }) => state === 'firing' && inhibitsOf(library, rule).length > 0)

export function mute(groupKey: string, { alerts, inhibiting, silences, before, library, now }: MutingInput): Muting {
  const timeline: TimelineEntry[] = []
  const mutes: Record<string, string> = {}
  const own = inhibiting.filter(({ rule }) => alerts[0] !== undefined && inhibitsOf(library, rule).includes(alerts[0].rule))
  for (const alert of alerts) {
    if (alert.state !== 'firing' || alert.suppressed) continue
    const found = findMute(alert, own, silences, library, now)
    const was = before?.told[alert.id]
    const is = found === undefined ? undefined : `${found.kind}:${found.id}`
    if (is !== undefined) mutes[alert.id] = is
    if (is === was) continue
    const entry = { projectId: alert.projectId, alertId: alert.id, at: now }
    if (found !== undefined) timeline.push({ ...entry, kind: found.kind, actor: found.actor, detail: found.detail })
    else if (was !== undefined) {
      timeline.push({ ...entry, kind: was.startsWith('silenced') ? 'silenced' : 'inhibited', actor: `rule:${alert.rule}`, detail: { ended: true } })
    }
  }
  const muted = new Set(Object.keys(mutes))
  const [first] = alerts
  const changed = first !== undefined && JSON.stringify(sorted(mutes)) !== JSON.stringify(sorted(before?.told ?? {}))
  const group = { projectId: first?.projectId ?? 0, channelProjectId: 0, channelId: NO_CHANNEL, groupKey, told: mutes, toldAt: now }
  return { muted, told: changed ? [group] : [], timeline }
}

function findMute(alert: Alert, inhibiting: readonly Alert[], silences: readonly Silence[], library: RuleLibrary, now: number): Mute | undefined {
  const silence = silenceOf(alert, silences, now)
  if (silence !== undefined) {
    const { id, actor, reason, endsAt, projectId } = silence
    return { kind: 'silenced', id: `${projectId}/${id}`, actor, detail: { silenceId: String(id), reason, until: endsAt } }
  }
  const other = inhibitedBy(alert, inhibiting, library)
  return other && { kind: 'inhibited', id: other.id, actor: `rule:${other.rule}`, detail: { alertId: other.id, rule: other.rule } }
}

const sorted = (record: Readonly<Record<string, string>>): [string, string][] => Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1))
