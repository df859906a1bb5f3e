/** What came of one attempt to tell somebody. A refusal is an answer, not an exception. */
export type Outcome =
  | { delivered: true; note?: string }
  /** `final`: trying again would be answered the same. `retryAfterMs`: the receiver asked for that much peace. */
  | { delivered: false; reason: string; final: boolean; retryAfterMs?: number }

export const undelivered = (reason: string, options: { final?: boolean; retryAfterMs?: number } = {}): Outcome =>
  ({ delivered: false, reason, final: false, ...options })

/** What an attempt needs besides the message. */
export interface Envelope {
  /** The same over all attempts at one notification, so that a receiver knows one that comes twice. */
  id: string
  /** Of this attempt; milliseconds since the epoch. */
  now: number
  allowPrivate: boolean
  /** Gives the attempt up: the server closes. */
  signal: AbortSignal
}
