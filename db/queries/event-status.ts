/** The few numbers that every open page shows: what is critical and unread, and which alerts are open. By project; 0 is the installation. */
import type { AlertState } from '../../server/watch/alerts/alert.ts'
import type { Severity } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'

export async function countUnreadCritical(db: Queryable): Promise<Map<number, number>> {
  const { rows } = await db.query<{ projectId: number; count: number }>({
    name: 'events-unread-critical',
    text: `select project_id as "projectId", count(*)::int as count from security_events
      where not is_read and severity in ('high', 'critical') and severity = 'critical' group by 1`,
  })
  return new Map(rows.map(({ projectId, count }) => [projectId, count]))
}

export interface OpenAlert {
  id: string
  projectId: number
  state: AlertState
  severity: Severity
  acknowledged: boolean
}

/** Pending and firing; the newest `limit`. */
export async function listOpenAlertStates(db: Queryable, limit: number): Promise<OpenAlert[]> {
  const { rows } = await db.query<OpenAlert>({
    name: 'alerts-open-states',
    text: `select alert_id as id, project_id as "projectId", state, severity, acknowledged_at is not null as acknowledged
      from alerts where state <> 'resolved' order by starts_at desc limit $1`,
    values: [limit],
  })
  return rows
}
