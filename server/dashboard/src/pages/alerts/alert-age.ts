/** How an alert stands against the time in which somebody should have answered it. Pure: times in milliseconds. */
import type { Alert } from '../../../../contract/alert.ts'
import type { WatchSettings } from '../../../../contract/watch-settings.ts'
import { span } from '../../app/time.ts'

export type Heed =
  /** Nobody has acknowledged it; `share` of its time is used up, 1 and more: it is over. */
  | { state: 'waiting'; words: string; share: number }
  /** Somebody has, or it is over. */
  | { state: 'answered' | 'over' | 'quiet'; words: string }

/** @param targets undefined: not known (yet) */
export function heedOf(alert: Alert, targets: WatchSettings['responseTimesMs'] | undefined, now: number): Heed {
  const since = alert.firesAt ?? alert.startsAt
  if (alert.suppressed) return { state: 'quiet', words: 'told to nobody: one like it had only just ended' }
  if (alert.acknowledgedAt !== null) return { state: 'answered', words: `acknowledged after ${span(alert.acknowledgedAt - since)}` }
  if (alert.state === 'resolved') return { state: 'over', words: `went away after ${span((alert.endsAt ?? alert.lastAt) - since)}, unanswered` }
  if (alert.state === 'pending') return { state: 'quiet', words: `${span(now - alert.startsAt)} old; not firing yet` }
  const age = Math.max(0, now - since)
  const target = targets?.[alert.severity]
  if (target === undefined) return { state: 'waiting', words: `${span(age)} old`, share: 0 }
  if (target === 0) return { state: 'waiting', words: `${span(age)} late: due at once`, share: 1 }
  return age >= target
    ? { state: 'waiting', words: `${span(age - target)} over the ${span(target)}`, share: age / target }
    : { state: 'waiting', words: `${span(target - age)} left of ${span(target)}`, share: age / target }
}
