/**
 * A stretch of the ledger over again: the alerts that these rules would have raised. Reads only, and takes up episodes the
 * way the server does live, so what it finds in last month is what it would have found.
 */
import { durationMs } from '../../server/watch/language/duration.ts'
import type { RuleLibrary } from '../../server/watch/language/library.ts'
import { type Alert, groupKeyOf } from '../../server/watch/alerts/alert.ts'
import { ALERTS_AT_HAND, type Episode, endOf, takeUp } from '../../server/watch/alerts/episodes.ts'
import { severityOf } from '../../server/watch/alerts/escalation.ts'
import { type HourTable, hourTable, usualOf } from '../../server/watch/alerts/usual.ts'
import type { WatchSettings } from '../../server/contract/watch-settings.ts'
import { defaultWatchSettings } from '../../server/watch/settings.ts'
import { type Queryable, sortInMemory } from '../queryable.ts'
import { type CompiledRule, compileRule } from './compile.ts'
import { type Span, findAllEpisodes, readHours } from './evaluate.ts'

export type ReplayedAlert = Pick<
  Alert, 'rule' | 'projectId' | 'group' | 'severity' | 'state' | 'startsAt' | 'firesAt' | 'lastAt' | 'value' | 'lines' | 'evidence' | 'suppressed'
>

export interface ReplaySpan {
  /** Milliseconds: alerts that some line after this … */
  since: number
  /** … up to and with this kept going. */
  until: number
  /** null or absent: all of them. */
  projects?: readonly number[] | null
}

const DAY_MS = 86_400_000

/**
 * Best within a transaction, in which it may sort in memory.
 *
 * @returns alerts in the order of their beginnings, rule by rule
 */
export async function replay(
  db: Queryable, library: RuleLibrary, names: readonly string[], { since, until, projects = null }: ReplaySpan,
  settings: WatchSettings = defaultWatchSettings,
): Promise<ReplayedAlert[]> {
  const found: ReplayedAlert[] = []
  // A month is sorted in memory; without a transaction around it the setting goes as it came.
  await sortInMemory(db)
  for (const name of names) {
    const rule = compileRule(library, name)
    const alerts = rule.baseline
      ? await replayByDay(db, rule, projects, { from: since, until })
      : gather(rule, [], await findAllEpisodes(db, rule, projects, { from: since, until }, []))
    for (const alert of alerts) {
      const ended = endOf(rule.keepMs, alert, until)
      found.push({ ...ended, severity: severityOf(rule.document, ended, until, settings) })
    }
  }
  return found
}

/** Takes up episodes in the order of their beginnings; each group has its last few alerts at hand, as it has live. */
function gather(rule: CompiledRule, alerts: Alert[], episodes: readonly Episode[]): Alert[] {
  const places = new Map<string, number[]>()
  const placesOf = (projectId: number, groupKey: string): number[] => {
    const key = `${projectId} ${groupKey}`
    let found = places.get(key)
    if (found === undefined) places.set(key, (found = []))
    return found
  }
  for (const [index, { projectId, groupKey }] of alerts.entries()) placesOf(projectId, groupKey).push(index)
  for (const episode of episodes) {
    const own = placesOf(episode.projectId, groupKeyOf(episode.group))
    const known = own.slice(-ALERTS_AT_HAND).map((index) => alerts[index] as Alert)
    const alert = takeUp(rule, known, episode, episode.startsAt)
    const index = own.find((place) => alerts[place]?.id === alert.id)
    if (index === undefined) own.push(alerts.push(alert) - 1)
    else alerts[index] = alert
  }
  return alerts
}

/** What was usual on a day rests on the days before it, and on which of their hours had an alert: one day after the other. */
async function replayByDay(db: Queryable, rule: CompiledRule, projects: readonly number[] | null, { from, until }: Span): Promise<Alert[]> {
  const historyMs = durationMs(rule.document.correlation.history ?? '28d')
  const table: HourTable = hourTable(rule.fields, await readHours(db, rule, projects, { from: from - historyMs, until }))
  const alerts: Alert[] = []
  for (let day = from; day < until; day += DAY_MS) {
    const span: Span = { from: day, until: Math.min(until, day + DAY_MS) }
    gather(rule, alerts, await findAllEpisodes(db, rule, projects, span, usualOf(rule, table, alerts, span)))
  }
  return alerts
}
