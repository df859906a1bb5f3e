/** A row of `security_events` as every query of it returns one. */
import type { LedgerEvent } from '../../server/ledger/event.ts'

export interface EventRow extends LedgerEvent {
  id: string
  occurredAt: number
  lastSeenAt: number
  count: number
  isRead: boolean
  note: string | null
}

/** Of `security_events e`. */
export const EVENT_COLUMNS = `e.event_id as id, e.project_id as "projectId", e.occurred_at as "occurredAt", e.last_seen_at as "lastSeenAt",
  e.event_type as "eventType", e.severity, e.endpoint, e.origin, host(e.ip_address) as "ipAddress", e.fingerprint,
  e.error_message as "errorMessage", e.end_user_email as "endUserEmail", e.end_user_id as "endUserId", e.detail, e.count,
  e.is_read as "isRead", e.note`
