/** Alerts, and a library of the rules that find them, as tests need them. */
import type { CorrelationDocument, DetectionDocument } from '../../contract/rule.ts'
import { RuleLibrary } from '../language/library.ts'
import { type Alert, groupKeyOf } from './alert.ts'

/** The time that tests begin at. */
export const T0 = 1_800_000_000_000
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

export const idOf = (n: number): string => `00000000-0000-8000-8000-${String(n).padStart(12, '0')}`

/** Firing since T0 unless it says otherwise; `n` names it. */
export function anAlert(n: number, changes: Partial<Alert> = {}): Alert {
  const group = changes.group ?? { ipAddress: `203.0.113.${n % 256}` }
  return {
    projectId: 1, id: idOf(n), rule: 'failed-logins', ruleVersion: '0123456789ab', title: 'Failed logins', group, groupKey: groupKeyOf(group),
    state: 'firing', severity: 'high', startsAt: T0, firesAt: T0, lastAt: T0, endsAt: null, detectedAt: T0, value: 11, lines: 11, evidence: [],
    suppressed: false, acknowledgedAt: null, acknowledgedBy: null, disposition: null, disposedAt: null, disposedBy: null, escalations: 0,
    ...changes,
  }
}

const detection: DetectionDocument = {
  title: 'Failures', name: 'failures', logsource: { product: 'truetally', service: 'security_events' },
  detection: { selection: { eventType: 'jwt_validation_failed' }, condition: 'selection' },
}

export const aRule = (name: string, changes: Partial<CorrelationDocument> = {}): CorrelationDocument => ({
  title: 'Failed logins', name, level: 'high', triage: 'Look at the address first.',
  correlation: { type: 'event_count', rules: ['failures'], 'group-by': ['ipAddress'], timespan: '5m', condition: { gt: 10 } },
  ...changes,
})

export const libraryOf = (...documents: CorrelationDocument[]): RuleLibrary =>
  new RuleLibrary([detection, ...documents].map((document) => ({ document, file: 'test.yaml', line: 1, version: '0123456789ab' })))
