/** The words of a message. What each service makes of it is its notifier’s (watch/notifiers). */
import { isCorrelation } from '../../contract/rule.ts'
import type { RuleLibrary } from '../language/library.ts'
import type { Message, MessageAlert } from '../notifiers/message.ts'
import type { Alert } from './alert.ts'
import type { PageOf } from './page-of.ts'
import { byGravity, gravest } from './severity.ts'

/** Alerts in one message; the others are counted. */
const MOST_IN_MESSAGE = 20
const LONGEST_TITLE = 200

export interface MessageInput {
  kind: 'alerts' | 'escalation'
  groupKey: string
  projectId: number
  projectName: string
  /** At least one, all firing or resolved, of one rule. Those that are news, by id, come first. */
  alerts: readonly Alert[]
  news: ReadonlySet<string>
  library: RuleLibrary
  /** What was done about an alert, in words. */
  responsesOf: (alertId: string) => readonly string[]
  pageOf: PageOf
  now: number
}

export function messageOf({ kind, groupKey, projectId, projectName, alerts, news, library, responsesOf, pageOf, now }: MessageInput): Message {
  const firing = alerts.filter(({ state }) => state !== 'resolved')
  const status = firing.length > 0 ? 'firing' : 'resolved'
  const about = firing.length > 0 ? firing : alerts
  const severity = gravest(about.map((alert) => alert.severity))
  const ordered = alerts.toSorted((a, b) =>
    Number(news.has(b.id)) - Number(news.has(a.id)) || byGravity(a.severity, b.severity) || b.startsAt - a.startsAt || (a.id < b.id ? -1 : 1))
  const shown = ordered.slice(0, MOST_IN_MESSAGE).map((alert) => shownOf(alert, library, responsesOf, pageOf))
  return {
    kind, status, severity, groupKey, projectId, projectName, at: now,
    title: titleOf(kind, status, about.toSorted((a, b) => a.startsAt - b.startsAt), projectName),
    url: shown[0]?.url ?? null,
    alerts: shown,
    more: Math.max(0, ordered.length - MOST_IN_MESSAGE),
  }
}

function titleOf(kind: MessageInput['kind'], status: Message['status'], about: readonly Alert[], projectName: string): string {
  const [first] = about
  const what = about.length === 1 ? describeGroup(first?.group ?? {}) : ` (${about.length} alerts)`
  const begin = kind === 'escalation' ? 'Not acknowledged: ' : status === 'resolved' ? 'Resolved: ' : ''
  // One line whatever a rule or a group says: this becomes the subject of a mail.
  return `${begin}${first?.title ?? ''}${what} in ${projectName}`.replaceAll(/\s+/g, ' ').slice(0, LONGEST_TITLE)
}

const describeGroup = (group: Readonly<Record<string, string>>): string =>
  Object.keys(group).length === 0 ? '' : `: ${Object.entries(group).map(([name, value]) => `${name} ${value}`).join(', ')}`

function shownOf(alert: Alert, library: RuleLibrary, responsesOf: MessageInput['responsesOf'], pageOf: PageOf): MessageAlert {
  const { id, rule, title, severity, group, startsAt, endsAt, value, lines } = alert
  return {
    id, rule, title, severity, state: alert.state === 'resolved' ? 'resolved' : 'firing', group, startsAt, endsAt, value, lines,
    triage: triageOf(library, rule), responses: [...responsesOf(id)], url: pageOf('alerts', id),
  }
}

/** Rules may have been taken away since they fired. */
function triageOf(library: RuleLibrary, rule: string): string {
  if (!library.has(rule)) return ''
  const { document } = library.get(rule)
  return isCorrelation(document) ? document.triage ?? '' : ''
}
