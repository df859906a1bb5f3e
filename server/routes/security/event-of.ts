/** A row of the ledger on the wire. */
import type { EventRow } from '../../../db/queries/event-columns.ts'
import type { SecurityEvent } from '../../contract/security.ts'

export function eventOf(row: EventRow): SecurityEvent {
  return {
    id: row.id,
    projectId: row.projectId === 0 ? null : String(row.projectId),
    eventType: row.eventType,
    severity: row.severity,
    metadata: {
      endpoint: row.endpoint,
      ...(row.origin === null ? {} : { origin: row.origin }),
      ...(row.ipAddress === null ? {} : { ipAddress: row.ipAddress }),
      ...(row.fingerprint === null ? {} : { fingerprint: row.fingerprint }),
      ...(row.errorMessage === null ? {} : { errorMessage: row.errorMessage }),
      ...(row.endUserEmail === null ? {} : { endUserEmail: row.endUserEmail }),
      ...(row.endUserId === null ? {} : { endUserId: row.endUserId }),
    },
    timestamp: row.occurredAt,
    lastSeenAt: row.lastSeenAt,
    isRead: row.isRead,
    count: row.count,
    detail: row.detail,
    ...(row.note === null ? {} : { note: row.note }),
  }
}
