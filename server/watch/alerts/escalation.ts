/**
 * How grave an alert has become, and whether somebody else has to hear of it.
 *
 * Severity follows the ledger: how much was measured, and from when to when the condition held. What merely waits for its
 * `keep_firing_for` to pass does not get graver, and a replay of the ledger comes to the same. It never goes down while the
 * alert is open: what was told as critical is critical until it is over.
 */
import type { CorrelationDocument, Escalation } from '../../contract/rule.ts'
import type { Severity } from '../../contract/primitives.ts'
import type { WatchSettings } from '../../contract/watch-settings.ts'
import { durationMs } from '../language/duration.ts'
import type { Alert } from './alert.ts'
import { gravest, raised } from './severity.ts'

/**
 * The gravest of: what it has been so far, the rule’s level, each step of its `escalate` that is reached, and what these become
 * by going on unacknowledged. A step that was reached by its value rises no further by itself: since when it was so much is
 * not known.
 *
 * @throws RangeError for a rule without a level, which does not alert
 */
export function severityOf(
  { name, level, escalate = [] }: Pick<CorrelationDocument, 'name' | 'level' | 'escalate'>,
  alert: Pick<Alert, 'value' | 'firesAt' | 'lastAt' | 'severity' | 'acknowledgedAt'>,
  now: number,
  settings: Pick<WatchSettings, 'raiseAfterMs'>,
): Severity {
  if (level === undefined) throw new RangeError(`${name} has no level: it does not alert`)
  // The clocks of nodes differ: what has yet to come has not lasted.
  const lastedMs = alert.firesAt === null ? 0 : Math.max(0, Math.min(alert.lastAt, now) - alert.firesAt)
  const climb = (severity: Severity, forMs: number): Severity =>
    alert.acknowledgedAt === null ? climbed(severity, forMs, settings.raiseAfterMs) : severity
  const reached = escalate
    .filter((step) => isReached(step, alert.value, lastedMs))
    .map((step) => climb(step.level, step.after === undefined || step.condition !== undefined ? 0 : lastedMs - durationMs(step.after)))
  return gravest([alert.severity, climb(level, lastedMs), ...reached])
}

function isReached({ condition, after }: Escalation, value: number, lastedMs: number): boolean {
  if (condition === undefined && after === undefined) return false
  return (condition?.gt === undefined || value > condition.gt) && (condition?.gte === undefined || value >= condition.gte) &&
    (after === undefined || lastedMs >= durationMs(after))
}

/** One step and no more: what is harmless and lasts for days (a customer who grows, a wrong key in a page) must not become critical. */
const climbed = (from: Severity, forMs: number, raiseAfterMs: WatchSettings['raiseAfterMs']): Severity =>
  (from !== 'critical' && forMs >= raiseAfterMs[from] ? raised(from) : from)

/** When people could first have heard of it: one that was found late has not been waiting for them. */
export const heardOfAt = ({ firesAt, detectedAt }: Pick<Alert, 'firesAt' | 'detectedAt'>): number => Math.max(firesAt ?? 0, detectedAt)

/**
 * How often the alert should have been escalated by now; 0: somebody acknowledged it, or there is time left. It is due while that is more
 * than it has been: however long nobody looked, once and not once for each time missed.
 */
export function escalationsDue(
  alert: Pick<Alert, 'state' | 'severity' | 'firesAt' | 'detectedAt' | 'acknowledgedAt' | 'suppressed'>, now: number, settings: Pick<WatchSettings, 'responseTimesMs' | 'escalationRepeatMs'>,
): number {
  if (alert.state !== 'firing' || alert.acknowledgedAt !== null || alert.suppressed) return 0
  const lateMs = now - heardOfAt(alert) - settings.responseTimesMs[alert.severity]
  return lateMs < 0 ? 0 : 1 + Math.floor(lateMs / settings.escalationRepeatMs)
}
