/** Routing, tick by tick, as the worker and the database do it. */
import type { CorrelationDocument } from '../../contract/rule.ts'
import { defaultWatchSettings as settings } from '../settings.ts'
import type { Alert, TimelineEntry } from './alert.ts'
import { HOUR, MINUTE, SECOND, T0, aRule, idOf, libraryOf } from './alert.fixture.ts'
import { type Notification, type Routed, type RoutedChannel, route } from './routing.ts'
import { pagesAt } from './page-of.ts'
import type { Silence } from './silence.ts'
import type { NotifiedGroup } from './told.ts'

/** A channel of project 1 that hears of everything. */
export const slack = (changes: Partial<RoutedChannel> = {}): RoutedChannel => ({
  id: 1, projectId: 1, name: 'ops', severities: ['low', 'medium', 'high', 'critical'], rules: null, escalationsOnly: false,
  groupWaitMs: 30 * SECOND, groupIntervalMs: 5 * MINUTE, repeatIntervalMs: 4 * HOUR, ...changes,
})

/** What the tick and the database do: keep what was told, refuse a key that is there, drop what is empty. */
export class Tick {
  now = T0
  alerts: Alert[] = []
  channels: RoutedChannel[]
  silences: Silence[] = []
  rules: CorrelationDocument[] = [aRule('failed-logins')]
  readonly outbox = new Map<string, Notification>()
  readonly timeline: TimelineEntry[] = []
  rows = new Map<string, NotifiedGroup>()

  constructor(channels: RoutedChannel[] = [slack()]) {
    this.channels = channels
  }

  compute(): Routed {
    return route({
      alerts: this.alerts, channels: this.channels, silences: this.silences, told: [...this.rows.values()], library: libraryOf(...this.rules),
      settings, now: this.now, projectName: (id) => (id === 0 ? 'all projects' : `Shop ${id}`), pageOf: pagesAt('https://votes.example.com'),
    })
  }

  /** Computes and stores. Returns what is new in the outbox. */
  run(now = this.now): Notification[] {
    this.now = now
    return this.store(this.compute())
  }

  store({ notifications, told, timeline, escalated }: Routed): Notification[] {
    for (const row of told) {
      const key = JSON.stringify([row.projectId, row.channelProjectId, row.channelId, row.groupKey])
      if (Object.keys(row.told).length === 0) this.rows.delete(key)
      else this.rows.set(key, row)
    }
    for (const { alertId, escalations } of escalated) this.change(alertId, { escalations })
    this.timeline.push(...timeline)
    return notifications.filter((notification) => {
      const key = `${notification.channelProjectId}/${notification.channelId}/${notification.dedupKey}`
      if (this.outbox.has(key)) return false
      this.outbox.set(key, notification)
      return true
    })
  }

  change(id: string, changes: Partial<Alert>): void {
    this.alerts = this.alerts.map((alert) => (alert.id === id ? { ...alert, ...changes } : alert))
  }

  resolve(n: number, endsAt = this.now): void {
    this.change(idOf(n), { state: 'resolved', endsAt })
  }

  /** Every half second, as the worker does. Returns what was sent, with its time after T0. */
  through(untilMs: number, stepMs = 500): { after: number; notification: Notification }[] {
    const sent: { after: number; notification: Notification }[] = []
    for (; this.now <= T0 + untilMs; this.now += stepMs) {
      for (const notification of this.run()) sent.push({ after: this.now - T0, notification })
    }
    return sent
  }

  kinds(n: number): string[] {
    return this.timeline.filter(({ alertId }) => alertId === idOf(n)).map(({ kind, detail }) => [kind, detail['what'] ?? (detail['ended'] === true ? 'ended' : undefined)].filter(Boolean).join(' '))
  }
}

/** What a message says, in short: `firing 1:firing:high 2:resolved:low`. */
export const told = ({ message }: Notification): string => `${message.status} ${message.alerts.map(({ id, state, severity }) => `${Number(id.slice(-12))}:${state}:${severity}`).join(' ')}`
export const anything: Silence = { id: 9, projectId: 0, matchers: [{ name: 'rule', value: '*' }], reason: 'maintenance', actor: 'alice', startsAt: T0, endsAt: T0 + HOUR, endedAt: null }
