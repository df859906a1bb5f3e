/** What `/metrics` says of alerts, rules and notifications. Asked of the database at most every ten seconds, however often it is scraped. */
import { Gauge, type Registry } from 'prom-client'
import type { FastifyInstance } from 'fastify'
import { type AlertCount, type RuleCount, type Times, countAlerts, countByRule, measureTimes } from '../../db/queries/figures.ts'
import { type OutboxCount, countNotifications } from '../../db/queries/notifications.ts'
import { ALERT_STATES } from '../contract/alert.ts'
import { SEVERITIES } from '../contract/primitives.ts'
import { countCovered, coverageOf } from '../watch/coverage.ts'

const KEEP_MS = 10_000
const MONTH_MS = 30 * 86_400_000

interface Figures {
  alerts: AlertCount[]
  times: Times
  rules: RuleCount[]
  notifications: OutboxCount
}

/** Registers the gauges; they are filled when the registry is read. */
export function registerAlertMetrics(app: FastifyInstance, registry: Registry): void {
  let figures: Promise<Figures | undefined> | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  const ask = (): Promise<Figures | undefined> => {
    // By this process’s own clock: what it spares is the database.
    if (performance.now() - askedAt < KEEP_MS && figures !== undefined) return figures
    askedAt = performance.now()
    figures = readFigures(app).catch((error: unknown) => {
      // The other metrics are wanted most while the database is away.
      app.log.warn({ err: error }, 'the figures about alerts could not be read')
      return undefined
    })
    return figures
  }

  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[], fill: (gauge: Gauge<Label>, figures: Figures) => void): void => {
    registry.registerMetric(new Gauge({
      name, help, labelNames, registers: [],
      async collect() {
        const read = await ask()
        this.reset()
        if (read !== undefined) fill(this, read)
      },
    }))
  }
  gauge('truetally_alerts', 'Alerts by state and severity; of the resolved those of the last 30 days', ['state', 'severity'], (metric, { alerts }) => {
    for (const state of ALERT_STATES) for (const severity of SEVERITIES) metric.set({ state, severity }, 0)
    for (const { state, severity, alerts: count } of alerts) metric.set({ state, severity }, count)
  })
  gauge('truetally_alerts_unanswered', 'Alerts of the last 30 days that nobody and nothing has answered', [], (metric, { times }) => metric.set(times.unanswered))
  gauge('truetally_alerts_mttd_seconds', 'Mean time from firing by the ledger to the stored alert, over 30 days; 0 without any', [], (metric, { times }) =>
    metric.set((times.meanToDetect ?? 0) / 1000))
  gauge('truetally_alerts_mttr_seconds', 'Mean time from firing to the first answer, over 30 days; 0 without any', [], (metric, { times }) =>
    metric.set((times.meanToRespond ?? 0) / 1000))
  gauge('truetally_alerts_false_positive_ratio', 'Share of false positives among the alerts of 30 days that people disposed of; 0 without any', [], (metric, { rules }) => {
    const disposed = rules.reduce((sum, row) => sum + row.disposed, 0)
    metric.set(disposed === 0 ? 0 : rules.reduce((sum, row) => sum + row.falsePositives, 0) / disposed)
  })
  gauge('truetally_notifications', 'Messages in the outbox: waiting, of these failing, given up', ['state'], (metric, { notifications }) => {
    const { pending, failing, dead } = notifications
    for (const [state, count] of Object.entries({ waiting: pending, failing, dead })) metric.set({ state }, count)
  })
  registerRuleMetrics(app, registry)
}

/** What this process knows by itself. */
function registerRuleMetrics(app: FastifyInstance, registry: Registry): void {
  const names = app.alerts.library.alerting.map(({ document }) => document.name)
  registry.registerMetric(new Gauge({
    name: 'truetally_rule_evaluation_seconds', help: 'How long the last evaluation of a rule by this node took', labelNames: ['rule'], registers: [],
    collect() {
      for (const rule of names) this.set({ rule }, (app.alerts.evaluations.get(rule)?.ms ?? 0) / 1000)
    },
  }))
  registry.registerMetric(new Gauge({
    name: 'truetally_rule_errors', help: '1 while the last evaluation of a rule by this node failed', labelNames: ['rule'], registers: [],
    collect() {
      for (const rule of names) this.set({ rule }, app.alerts.evaluations.get(rule)?.error === undefined ? 0 : 1)
    },
  }))
  const { owaspApiTop10, owaspAutomatedThreats, attackClasses } = coverageOf(app.alerts.library)
  const coverage = new Gauge({
    name: 'truetally_rules_coverage', help: 'Share of a catalogue that some rule knows', labelNames: ['catalogue'], registers: [],
  })
  registry.registerMetric(coverage)
  for (const [catalogue, entries] of [['owasp-api-top-10', owaspApiTop10], ['owasp-automated-threats', owaspAutomatedThreats], ['attack-classes', attackClasses]] as const) {
    coverage.set({ catalogue }, countCovered(entries) / entries.length)
  }
}

async function readFigures(app: FastifyInstance): Promise<Figures> {
  const since = app.clock() - MONTH_MS
  // One after the other: a scrape must not take the connections of those who vote.
  const alerts = await countAlerts(app.db, null, since)
  const times = await measureTimes(app.db, null, since)
  const rules = await countByRule(app.db, null, since)
  return { alerts, times, rules, notifications: await countNotifications(app.db) }
}
