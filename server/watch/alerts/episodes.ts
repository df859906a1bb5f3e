/**
 * From episodes, as the ledger shows them, to alerts. Pure, and the same whenever it is asked: an alert is a function of the
 * ledger, so looking again, late or twice changes nothing, and a replay gives what was seen live.
 */
import { createHash } from 'node:crypto'
import type { CorrelationDocument } from '../../contract/rule.ts'
import { durationMs } from '../language/duration.ts'
import { type Alert, groupKeyOf } from './alert.ts'

/** A time during which a rule’s condition held for a group, apart from pauses shorter than the rule keeps firing for. */
export interface Episode {
  projectId: number
  group: Record<string, string>
  startsAt: number
  lastAt: number
  value: number
  lines: number
  evidence: string[]
}

export interface EpisodeRule {
  name: string
  version: string
  document: CorrelationDocument
  keepMs: number
}

const MAX_EVIDENCE = 5
/** So many of a group’s latest alerts are looked at when an episode is taken up. */
export const ALERTS_AT_HAND = 8

/**
 * @param known the group’s latest alerts, if it has had some
 * @returns the alert as it is now; the very one that was known where nothing has changed
 */
export function takeUp(rule: EpisodeRule, known: readonly Alert[], episode: Episode, now: number): Alert {
  const { document, name, version, keepMs } = rule
  const same = known.find((alert) => episode.startsAt <= alert.lastAt + keepMs && alert.startsAt <= episode.lastAt + keepMs)
  if (same !== undefined) {
    const alert = proceed(rule, same, episode)
    return alert === same ? same : heardIfGraver(rule, overIfFollowed(rule, alert, known), known)
  }
  const groupKey = groupKeyOf(episode.group)
  const quietMs = document.suppress === undefined ? 0 : durationMs(document.suppress)
  const justOver = ({ lastAt, firesAt, suppressed }: Alert): boolean => firesAt !== null && !suppressed && lastAt < episode.startsAt && episode.startsAt <= lastAt + keepMs + quietMs
  const alert: Alert = {
    projectId: episode.projectId, id: idOf(name, episode.projectId, groupKey, episode.startsAt), rule: name, ruleVersion: version, title: document.title,
    group: episode.group, groupKey, state: 'pending', severity: document.level ?? 'low', startsAt: episode.startsAt, firesAt: null, lastAt: episode.lastAt,
    endsAt: null, detectedAt: now, value: episode.value, lines: episode.lines, evidence: episode.evidence.slice(0, MAX_EVIDENCE),
    suppressed: known.some(justOver),
    acknowledgedAt: null, acknowledgedBy: null, disposition: null, disposedAt: null, disposedBy: null, escalations: 0,
  }
  return heardIfGraver(rule, overIfFollowed(rule, ripen(document, alert), known), known)
}

/** One that reaches a step of `escalate` which what was told had not is news, however soon it comes: a small wave must not hide a large one. */
function heardIfGraver({ document: { escalate = [] } }: EpisodeRule, alert: Alert, known: readonly Alert[]): Alert {
  const steps = (value: number): number => escalate.filter(({ condition }) => condition !== undefined
    && (condition.gt === undefined || value > condition.gt) && (condition.gte === undefined || value >= condition.gte)).length
  const told = known.filter(({ id, suppressed, firesAt }) => id !== alert.id && !suppressed && firesAt !== null)
  return alert.suppressed && told.every(({ value }) => steps(alert.value) > steps(value)) ? { ...alert, suppressed: false } : alert
}

/** Lines that came late tell of a time before another alert of the group: that one is over, whatever the time. A group has one open alert. */
const overIfFollowed = ({ keepMs }: EpisodeRule, alert: Alert, known: readonly Alert[]): Alert =>
  (known.some(({ id, startsAt }) => id !== alert.id && startsAt > alert.startsAt) ? { ...alert, state: 'resolved', endsAt: alert.lastAt + keepMs } : alert)

/** The episode of an alert that is known goes on, or turns out to have begun sooner. An episode that ended already may, too. */
function proceed({ document }: EpisodeRule, alert: Alert, episode: Episode): Alert {
  const changed: Alert = {
    ...alert,
    startsAt: Math.min(alert.startsAt, episode.startsAt), lastAt: Math.max(alert.lastAt, episode.lastAt),
    value: Math.max(alert.value, episode.value), lines: Math.max(alert.lines, episode.lines),
    evidence: [...new Set([...alert.evidence, ...episode.evidence])].slice(0, MAX_EVIDENCE),
  }
  const same = changed.startsAt === alert.startsAt && changed.lastAt === alert.lastAt && changed.value === alert.value && changed.lines === alert.lines
  if (same) return alert
  // Over, and a late line says that it was not.
  const again: Alert = alert.state === 'resolved' && changed.lastAt > alert.lastAt
    ? { ...changed, state: alert.firesAt === null ? 'pending' : 'firing', endsAt: null }
    : changed
  return ripen(document, again)
}

/** Fires once it has held for as long as the rule asks. */
function ripen(document: CorrelationDocument, alert: Alert): Alert {
  const forMs = document.for === undefined ? 0 : durationMs(document.for)
  if (alert.lastAt - alert.startsAt < forMs) return alert
  const firesAt = alert.startsAt + forMs
  return { ...alert, firesAt, state: alert.state === 'pending' ? 'firing' : alert.state }
}

/** Over once no line has kept it going for as long as the rule says, by the ledger’s time. */
export function endOf(keepMs: number, alert: Alert, now: number): Alert {
  const endsAt = alert.lastAt + keepMs
  return alert.state === 'resolved' || now <= endsAt ? alert : { ...alert, state: 'resolved', endsAt }
}

/** The same alert has the same id whoever finds it, and a replay names it as it was named live. */
function idOf(rule: string, projectId: number, groupKey: string, startsAt: number): string {
  const hash = createHash('sha256').update(JSON.stringify([rule, projectId, groupKey, startsAt])).digest('hex')
  // A UUID of version 8: its bits are the maker’s own (RFC 9562).
  const variant = ((Number.parseInt(hash.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(18, 20)}-${hash.slice(20, 32)}`
}
