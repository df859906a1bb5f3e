/** Alerts as the worker stores them, without a worker. */
import { randomUUID } from 'node:crypto'
import { appendTimeline, saveAlerts } from '../../db/queries/alerts.ts'
import { insertResponse } from '../../db/queries/responses.ts'
import { type Alert, groupKeyOf } from '../../server/watch/alerts/alert.ts'
import type { TestApp } from './app.ts'

/** Of a rule that ships, in the test’s own project, firing by the test’s clock unless it says otherwise. */
export async function storeAlert(test: TestApp, changes: Partial<Alert> = {}): Promise<Alert> {
  const now = test.clock.now
  const group = changes.group ?? { ipAddress: `198.51.100.${Math.floor(Math.random() * 256)}`, itemId: randomUUID() }
  const alert: Alert = {
    projectId: test.project.id, id: randomUUID(), rule: 'a-rule', ruleVersion: '0123456789ab', title: 'A rule', group, groupKey: groupKeyOf(group),
    state: 'firing', severity: 'high', startsAt: now, firesAt: now, lastAt: now, endsAt: null, detectedAt: now, value: 11, lines: 12, evidence: [],
    suppressed: false, acknowledgedAt: null, acknowledgedBy: null, disposition: null, disposedAt: null, disposedBy: null, escalations: 0, ...changes,
  }
  await saveAlerts(test.app.db, [alert])
  await appendTimeline(test.app.db, [{ projectId: alert.projectId, alertId: alert.id, at: alert.detectedAt, kind: 'firing', actor: `rule:${alert.rule}`, detail: { value: alert.value } }])
  return alert
}

/** What a rule did about it, or in log mode would have. */
export async function storeResponse(test: TestApp, alert: Alert, { appliedAt, mode = 'enforce' }: { appliedAt: number; mode?: 'log' | 'enforce' }): Promise<void> {
  await insertResponse(test.app.db, {
    projectId: alert.projectId, alertId: alert.id, rule: alert.rule, action: 'block', target: '198.51.100.7', mode, reason: 'a test says so', appliedAt,
    expiresAt: appliedAt + 3_600_000, blockId: null, invalidationId: null, detail: { onProject: alert.projectId },
  })
}
