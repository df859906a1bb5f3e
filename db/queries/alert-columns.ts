/** How a row of `alerts` is read, here and wherever else one is: exactly the fields of `Alert`. */
import type { Alert } from '../../server/watch/alerts/alert.ts'

/** For `select … from alerts a` or `returning …`: the columns need their table’s alias. Times come as milliseconds (queryable.ts). */
export const alertColumns = (alias = 'a'): string => Object.entries(COLUMN_OF)
  .map(([field, column]) => `${alias}.${column} as "${field}"`).join(', ')

const COLUMN_OF: Readonly<Record<keyof Alert, string>> = {
  projectId: 'project_id',
  id: 'alert_id',
  rule: 'rule',
  ruleVersion: 'rule_version',
  title: 'title',
  group: 'group_by',
  groupKey: 'group_key',
  state: 'state',
  severity: 'severity',
  startsAt: 'starts_at',
  firesAt: 'fires_at',
  lastAt: 'last_at',
  endsAt: 'ends_at',
  detectedAt: 'detected_at',
  value: 'value',
  lines: 'lines',
  evidence: 'evidence',
  suppressed: 'suppressed',
  acknowledgedAt: 'acknowledged_at',
  acknowledgedBy: 'acknowledged_by',
  disposition: 'disposition',
  disposedAt: 'disposed_at',
  disposedBy: 'disposed_by',
  escalations: 'escalations',
}

/** The same for a table called `alerts` without an alias. */
export const ALERT_COLUMNS = alertColumns('alerts')
