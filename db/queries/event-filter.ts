/**
 * What selects events. A condition is written only where it is asked for: behind `$1 is null or …` an index is not found, and what
 * should take a millisecond reads a million rows. Fields and text are fixed here; values are parameters.
 */
import type { EventType, Severity } from '../../server/contract/primitives.ts'

export interface EventFilterRow {
  projectId?: number
  eventTypes?: readonly EventType[]
  severities?: readonly Severity[]
  isRead?: boolean
  ip?: string
  origin?: string
  fingerprint?: string
  /** As it is stored: masked. */
  user?: string
  endpoint?: string
  errorMessage?: string
  /** Occurred at this time or later, and before that one; ms. */
  since?: number
  until?: number
}

/** Of `security_events e`. */
const CONDITIONS: { readonly [Field in keyof Required<EventFilterRow>]: (parameter: string) => string } = {
  projectId: (p) => `e.project_id = ${p}::int`,
  eventTypes: (p) => `e.event_type = any(${p}::text[])`,
  severities: (p) => `e.severity = any(${p}::text[])`,
  isRead: (p) => `e.is_read = ${p}::boolean`,
  ip: (p) => `e.ip_address = ${p}::inet`,
  origin: (p) => `e.origin = ${p}::text`,
  fingerprint: (p) => `e.fingerprint = ${p}::text`,
  user: (p) => `e.end_user_id = ${p}::text`,
  endpoint: (p) => `e.endpoint = ${p}::text`,
  errorMessage: (p) => `e.error_message = ${p}::text`,
  since: (p) => `e.occurred_at >= to_timestamp(${p}::float8 / 1000.0)`,
  until: (p) => `e.occurred_at < to_timestamp(${p}::float8 / 1000.0)`,
}

/** The conditions of a filter, joined by `and`, and their values. `parameters` are those that stand before. */
export class Where {
  readonly values: unknown[]
  readonly #parts: string[] = []

  constructor(filter: EventFilterRow, parameters: readonly unknown[] = []) {
    this.values = [...parameters]
    for (const field of Object.keys(CONDITIONS) as (keyof EventFilterRow)[]) {
      const value = filter[field]
      if (value === undefined) continue
      // The partial index on what is unread is found by these words only.
      if (field === 'isRead' && value === false) this.#parts.push('not e.is_read')
      // One of one is an equality: its index then gives the order as well.
      else if (field === 'severities' && filter.severities?.length === 1) this.#parts.push(`e.severity = ${this.bind(filter.severities[0])}::text`)
      else if (field === 'eventTypes' && filter.eventTypes?.length === 1) this.#parts.push(`e.event_type = ${this.bind(filter.eventTypes[0])}::text`)
      else this.#parts.push(CONDITIONS[field](this.bind(value)))
    }
  }

  /** Its number as the text of a statement has it. */
  bind(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }

  /** A condition of the caller’s own. */
  and(condition: string): this {
    this.#parts.push(condition)
    return this
  }

  get text(): string {
    return this.#parts.length === 0 ? 'true' : this.#parts.join(' and ')
  }
}
