/** Security events on their way into the ledger: what may be said, how grave it is by default, and how text is made safe. */
import type { EventType, Severity } from '../contract/primitives.ts'
import { maskEmail, maskId } from './mask.ts'

export interface EventDraft {
  /** 0: the request named no known project. */
  projectId: number
  eventType: EventType
  severity?: Severity
  endpoint: string
  origin?: string
  ipAddress?: string
  fingerprint?: string
  errorMessage?: string
  /** Raw here, masked below: a draft never reaches the database as it is. */
  endUserEmail?: string
  endUserId?: string
  detail?: Record<string, unknown>
}

export interface LedgerEvent {
  projectId: number
  eventType: EventType
  severity: Severity
  endpoint: string
  origin: string | null
  ipAddress: string | null
  fingerprint: string | null
  errorMessage: string | null
  endUserEmail: string | null
  endUserId: string | null
  detail: Record<string, unknown>
}

/** Severity when the draft names none. Token failures always name theirs (server/tokens/identity.ts). */
export const DEFAULT_SEVERITY: Record<EventType, Severity> = {
  origin_mismatch: 'medium',
  rate_limit_exceeded: 'medium',
  invalid_api_key: 'medium',
  fingerprint_change: 'medium',
  jwt_validation_failed: 'medium',
  suspicious_activity: 'high',
}

const MAX_TEXT = 300

export function finishEvent(draft: EventDraft): LedgerEvent {
  return {
    projectId: draft.projectId,
    eventType: draft.eventType,
    severity: draft.severity ?? DEFAULT_SEVERITY[draft.eventType],
    endpoint: plain(draft.endpoint) ?? '',
    origin: plain(draft.origin),
    ipAddress: draft.ipAddress ?? null,
    fingerprint: plain(draft.fingerprint),
    errorMessage: plain(draft.errorMessage),
    endUserEmail: draft.endUserEmail === undefined ? null : plain(maskEmail(draft.endUserEmail)),
    endUserId: draft.endUserId === undefined ? null : plain(maskId(draft.endUserId)),
    detail: draft.detail ?? {},
  }
}

/**
 * Attackers choose this text. Control characters (ANSI, NUL, which Postgres refuses) and bidirectional overrides go;
 * length is bounded; markup stays, because readers render text as text.
 */
export function plain(text: string | undefined): string | null {
  if (text === undefined) return null
  // oxlint-disable-next-line no-control-regex -- removing control characters is the point
  return text.slice(0, MAX_TEXT).replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').toWellFormed()
}
