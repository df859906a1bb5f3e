/** The alerts of one look: those there were, those it changes, and what of it goes into their timelines. Pure. */
import type { Alert, TimelineEntry } from './alert.ts'
import { byGravity } from './severity.ts'

/** An alert that nothing has kept going for so long makes room where its rule has too many. */
const QUIET_MS = 30_000

export class Change {
  readonly now: number
  readonly timeline: TimelineEntry[] = []
  readonly #before = new Map<string, Alert>()
  readonly #alerts = new Map<string, Alert>()
  readonly #groups = new Map<string, Set<string>>()
  readonly #open = new Map<string, number>()

  constructor(open: readonly Alert[], now: number) {
    this.now = now
    this.know(open)
  }

  /** What this look has changed already stays as it is. */
  know(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      if (this.#alerts.has(alert.id)) continue
      this.#before.set(alert.id, alert)
      this.#place(alert)
    }
  }

  #place(alert: Alert): void {
    const was = this.#alerts.get(alert.id)
    this.#alerts.set(alert.id, alert)
    const group = `${alert.projectId} ${alert.rule} ${alert.groupKey}`
    const ids = this.#groups.get(group)
    if (ids === undefined) this.#groups.set(group, new Set([alert.id]))
    else ids.add(alert.id)
    const scope = `${alert.projectId} ${alert.rule}`
    const step = Number(alert.state !== 'resolved') - Number(was !== undefined && was.state !== 'resolved')
    if (step !== 0) this.#open.set(scope, (this.#open.get(scope) ?? 0) + step)
  }

  knownOf(projectId: number, rule: string, groupKey: string): Alert[] {
    return [...this.#groups.get(`${projectId} ${rule} ${groupKey}`) ?? []].flatMap((id) => this.#alerts.get(id) ?? [])
  }

  openOf(projectId: number, rule: string): number {
    return this.#open.get(`${projectId} ${rule}`) ?? 0
  }

  /** Where a rule is full, the alert that has been quiet the longest is over before its time. */
  makeRoom({ projectId, rule, lastAt }: Alert, most: number): void {
    if (this.openOf(projectId, rule) < most) return
    let quietest: Alert | undefined
    for (const alert of this.open) {
      if (alert.projectId === projectId && alert.rule === rule && alert.lastAt < (quietest?.lastAt ?? lastAt - QUIET_MS)) quietest = alert
    }
    if (quietest !== undefined) this.set({ ...quietest, state: 'resolved', endsAt: lastAt })
  }

  get open(): Alert[] {
    return [...this.#alerts.values()].filter(({ state }) => state !== 'resolved')
  }

  /** Writes down what it means for the alert’s timeline. */
  set(alert: Alert): void {
    const was = this.#alerts.get(alert.id)
    if (was === alert) return
    this.#place(alert)
    if (was?.state !== alert.state || was.suppressed !== alert.suppressed) {
      if (alert.state === 'firing' && alert.suppressed) this.tell(alert, 'suppressed', { value: alert.value })
      else this.tell(alert, alert.state, { value: alert.value, severity: alert.severity, ...(was?.state === 'resolved' ? { again: true } : {}) })
    }
    if (was !== undefined && was.severity !== alert.severity) this.tell(alert, 'severity', { from: was.severity, to: alert.severity, value: alert.value })
  }

  tell(alert: Alert, kind: TimelineEntry['kind'], detail: TimelineEntry['detail']): void {
    this.timeline.push({ projectId: alert.projectId, alertId: alert.id, at: this.now, kind, actor: `rule:${alert.rule}`, detail })
  }

  get changed(): Alert[] {
    return [...this.#alerts.values()].filter((alert) => this.#before.get(alert.id) !== alert)
  }

  /** Those that began to fire, and those that have become graver. */
  get toRespondTo(): Alert[] {
    return this.changed.filter((alert) => {
      const was = this.#before.get(alert.id)
      return alert.state === 'firing' && (was?.state !== 'firing' || byGravity(alert.severity, was.severity) < 0)
    })
  }
}
