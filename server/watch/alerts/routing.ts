/**
 * Who is told of what, and when. A function of the alerts, of what was told last, and of the time: computed again it comes to
 * the same, and what it says is stored in the transaction that stores the alerts, so that nothing is told twice or forgotten.
 *
 * As Alertmanager does, alerts of one rule in one project are told together, per channel. The first message of a group waits
 * `groupWaitMs`, so that what begins together is one message; changes come `groupIntervalMs` apart; what goes on unchanged is
 * told again after `repeatIntervalMs`, unless all of it is acknowledged. What is urgent (critical, or escalated) waits for
 * nothing when it is the first of its group, and for `groupWaitMs` since the last message after that: somebody is looking
 * already, and two hundred of them are not two hundred messages. The end of an alert is told to who was told of it, once.
 */
import { createHash } from 'node:crypto'
import type { Severity } from '../../contract/primitives.ts'
import type { WatchSettings } from '../../contract/watch-settings.ts'
import type { RuleLibrary } from '../language/library.ts'
import type { Message } from '../notifiers/message.ts'
import type { Alert, TimelineEntry } from './alert.ts'
import { escalationsDue, heardOfAt } from './escalation.ts'
import { messageOf } from './message-of.ts'
import { NO_CHANNEL, findInhibiting, mute } from './muting.ts'
import type { PageOf } from './page-of.ts'
import type { Silence } from './silence.ts'
import { type NotifiedGroup, type Told, formatTold, readTold } from './told.ts'

/** Lines are written seconds after they happened; a node that lost its database for longer than this has other worries. */
const KEEP_RESOLVED_MS = 3_600_000

export interface RoutedChannel {
  id: number
  /** 0: told of every project’s alerts and of the installation’s. */
  projectId: number
  name: string
  severities: readonly Severity[]
  /** null: all of them. */
  rules: readonly string[] | null
  /** Told of an alert when it is escalated, and then of its end. */
  escalationsOnly: boolean
  groupWaitMs: number
  groupIntervalMs: number
  repeatIntervalMs: number
}

export interface RouteInput {
  /** All that are open, and those resolved that some channel was told of (`loadRoutableAlerts`). */
  alerts: readonly Alert[]
  channels: readonly RoutedChannel[]
  silences: readonly Silence[]
  /** All there are. */
  told: readonly NotifiedGroup[]
  library: RuleLibrary
  settings: Pick<WatchSettings, 'responseTimesMs' | 'escalationRepeatMs'>
  now: number
  projectName: (projectId: number) => string
  pageOf: PageOf
  /** What was done about an alert, in words for a person. */
  responsesOf?: (alertId: string) => readonly string[]
}

export interface Notification {
  channelId: number
  channelProjectId: number
  projectId: number
  dedupKey: string
  message: Message
  sendAt: number
}

export interface Routed {
  notifications: Notification[]
  /** Rows that changed; one with nothing told in it is to be deleted. */
  told: NotifiedGroup[]
  timeline: TimelineEntry[]
  /** Alerts whose count of escalations is another now, whether a channel takes them or not. */
  escalated: { projectId: number; alertId: string; escalations: number }[]
}

export function route(input: RouteInput): Routed {
  const { alerts, channels, silences, library, settings, now } = input
  const inhibiting = findInhibiting(alerts, library)
  const before = new Map(input.told.map((group) => [rowKey(group), group]))
  const routed: Routed = { notifications: [], told: [], timeline: [], escalated: [] }

  for (const [groupKey, group] of groupAlerts(alerts)) {
    const { projectId, rule } = group[0]
    const nowhere = rowKey({ projectId, channelProjectId: 0, channelId: NO_CHANNEL, groupKey })
    const muting = mute(groupKey, { alerts: group, inhibiting, silences, before: before.get(nowhere), library, now })
    before.delete(nowhere)
    routed.told.push(...muting.told)
    routed.timeline.push(...muting.timeline)

    const due = new Map<string, number>()
    for (const alert of group) {
      const escalations = muting.muted.has(alert.id) ? 0 : escalationsDue(alert, now, settings)
      due.set(alert.id, escalations)
      if (escalations <= alert.escalations) continue
      routed.escalated.push({ projectId, alertId: alert.id, escalations })
      routed.timeline.push({
        projectId, alertId: alert.id, at: now, kind: 'escalated', actor: `rule:${rule}`,
        detail: { escalations, severity: alert.severity, responseTimeMs: settings.responseTimesMs[alert.severity] },
      })
    }
    for (const channel of channels) {
      if (!serves(channel, projectId, rule)) continue
      const row = { projectId, channelProjectId: channel.projectId, channelId: channel.id, groupKey }
      const last = before.get(rowKey(row))
      before.delete(rowKey(row))
      tell(input, { channel, row, last, group, muted: muting.muted, due }, routed)
    }
  }
  // Groups without an alert any more, and of channels that are gone or no longer serve them.
  for (const rest of before.values()) routed.told.push({ ...rest, told: {} })
  return routed
}

interface Telling {
  channel: RoutedChannel
  row: Omit<NotifiedGroup, 'told' | 'toldAt'>
  last: NotifiedGroup | undefined
  group: readonly Alert[]
  muted: ReadonlySet<string>
  /** Escalations that are due, by alert. */
  due: ReadonlyMap<string, number>
}
interface News {
  alert: Alert
  what: 'new' | 'changed' | 'escalated' | 'resolved'
  urgent: boolean
}

/** What one channel is told of one group, if anything, at this moment. */
function tell(input: RouteInput, { channel, row, last, group, muted, due }: Telling, routed: Routed): void {
  const { now } = input
  const known = new Map(Object.entries(last?.told ?? {}).map(([id, text]) => [id, readTold(text)]))
  const fires = ({ id, state, suppressed }: Alert): boolean => state === 'firing' && !suppressed && !muted.has(id)
  const news = group.flatMap((alert) => newsOf(channel, alert, fires(alert), known.get(alert.id), due.get(alert.id) ?? 0))
  const isTime = news.length > 0 && isTimeFor(channel, news, last, known, now)
  const goesOn = (alert: Alert): boolean => fires(alert) && known.get(alert.id)?.state === 'firing'
  const isAgain = !isTime && last !== undefined && isTimeToRepeat(channel, last, group.filter(goesOn), now)
  if (!isTime && !isAgain) {
    const kept = forget(channel, last, group, now)
    if (kept !== undefined) routed.told.push(kept)
    return
  }

  const fresh = new Set(news.map(({ alert }) => alert.id))
  const ended = new Set(news.filter(({ what }) => what === 'resolved').map(({ alert }) => alert.id))
  const shown = group.filter((alert) => ended.has(alert.id) || goesOn(alert) || (fires(alert) && fresh.has(alert.id)))
  const kind = news.some(({ what }) => what === 'escalated') ? 'escalation' : 'alerts'
  const told = Object.fromEntries(shown.map((alert): [string, Told] => [alert.id, {
    state: ended.has(alert.id) ? 'resolved' : 'firing', severity: alert.severity,
    escalations: ended.has(alert.id) ? 0 : Math.max(due.get(alert.id) ?? 0, known.get(alert.id)?.escalations ?? 0),
  }]))
  const texts = Object.fromEntries(Object.entries(told).map(([id, value]) => [id, formatTold(value)]))
  // What is silenced for now stays as it was told.
  const kept = last === undefined ? {} : (forget(channel, last, group, now) ?? last).told
  routed.told.push({ ...row, told: { ...kept, ...texts }, toldAt: now })

  const dedupKey = keyOf(row, texts, last?.toldAt)
  routed.notifications.push({
    channelId: channel.id, channelProjectId: channel.projectId, projectId: row.projectId, dedupKey, sendAt: now,
    message: messageOf({
      kind, groupKey: row.groupKey, projectId: row.projectId, projectName: input.projectName(row.projectId),
      alerts: shown, news: fresh, library: input.library, responsesOf: input.responsesOf ?? (() => []), pageOf: input.pageOf, now,
    }),
  })
  const again = isAgain ? shown.filter(({ id }) => !fresh.has(id)).map((alert) => ({ alert, what: 'repeated' })) : []
  for (const { alert, what } of [...news, ...again]) {
    routed.timeline.push({
      projectId: alert.projectId, alertId: alert.id, at: now, kind: 'notified', actor: `channel:${channel.name}`,
      detail: { channelId: String(channel.id), what, severity: alert.severity },
    })
  }
}

function newsOf(channel: RoutedChannel, alert: Alert, fires: boolean, known: Told | undefined, due: number): News[] {
  // A late line can say of what was told as over that it is not.
  const standing = known?.state === 'firing' ? known : undefined
  if (alert.state === 'resolved') return standing === undefined ? [] : [{ alert, what: 'resolved', urgent: false }]
  if (!fires || !channel.severities.includes(alert.severity)) return []
  const escalated = due > (standing?.escalations ?? 0)
  // Told for the first time when it is escalated already: once is enough.
  if (escalated && (standing !== undefined || channel.escalationsOnly)) return [{ alert, what: 'escalated', urgent: true }]
  if (channel.escalationsOnly) return []
  if (standing === undefined) return [{ alert, what: 'new', urgent: alert.severity === 'critical' || escalated }]
  return standing.severity === alert.severity ? [] : [{ alert, what: 'changed', urgent: alert.severity === 'critical' }]
}

function isTimeFor(
  { groupWaitMs, groupIntervalMs }: RoutedChannel, news: readonly News[], last: NotifiedGroup | undefined, known: ReadonlyMap<string, Told>, now: number,
): boolean {
  const urgent = news.some((item) => item.urgent)
  // What begins together is told together; a change of what is known has no others to wait for.
  const gathered = news.some(({ alert, what }) => what !== 'new' || now >= heardOfAt(alert) + groupWaitMs)
  if (last === undefined) return urgent || gathered
  const alarmed = [...known.values()].some(({ state, severity, escalations }) => state === 'firing' && (severity === 'critical' || escalations > 0))
  if (urgent && !alarmed) return true
  return urgent ? now >= last.toldAt + Math.min(groupWaitMs, groupIntervalMs) : gathered && now >= last.toldAt + groupIntervalMs
}

function isTimeToRepeat({ repeatIntervalMs, escalationsOnly }: RoutedChannel, last: NotifiedGroup, standing: readonly Alert[], now: number): boolean {
  return !escalationsOnly && repeatIntervalMs > 0 && now >= last.toldAt + repeatIntervalMs &&
    standing.some(({ acknowledgedAt }) => acknowledgedAt === null)
}

/**
 * What was told as resolved is kept for a while, so that a group that comes and goes is told of at most once an interval, and
 * so that one that a late line re-opens is known to have been over. undefined: there is nothing to forget.
 */
function forget({ groupIntervalMs }: RoutedChannel, last: NotifiedGroup | undefined, group: readonly Alert[], now: number): NotifiedGroup | undefined {
  if (last === undefined) return undefined
  const present = new Set(group.map(({ id }) => id))
  const over = now >= last.toldAt + Math.max(groupIntervalMs, KEEP_RESOLVED_MS)
  const entries = Object.entries(last.told)
  const kept = entries.filter(([id, text]) => present.has(id) && !(over && readTold(text).state === 'resolved'))
  return kept.length === entries.length ? undefined : { ...last, told: Object.fromEntries(kept) }
}

/** A channel of project 0 serves all; one of a project, that project. */
const serves = ({ projectId, rules }: RoutedChannel, alertProjectId: number, rule: string): boolean =>
  (projectId === 0 || projectId === alertProjectId) && (rules === null || rules.includes(rule))

function groupAlerts(alerts: readonly Alert[]): Map<string, [Alert, ...Alert[]]> {
  const groups = new Map<string, [Alert, ...Alert[]]>()
  // In one order, whatever order the database gave them in.
  for (const alert of alerts.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const key = `${alert.projectId}/${alert.rule}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [alert])
    else group.push(alert)
  }
  return groups
}

const rowKey = ({ projectId, channelProjectId, channelId, groupKey }: Omit<NotifiedGroup, 'told' | 'toldAt'>): string =>
  JSON.stringify([projectId, channelProjectId, channelId, groupKey])

/** @param after when the group was told of before: what is told again is not the same */
function keyOf(
  { projectId, channelProjectId, channelId, groupKey }: Telling['row'], texts: Readonly<Record<string, string>>, after: number | undefined,
): string {
  const states = Object.entries(texts).map(([id, text]) => `${id}:${text}`).toSorted()
  return createHash('sha256').update(JSON.stringify([projectId, channelProjectId, channelId, groupKey, states, after ?? null])).digest('hex')
}
