/**
 * Checks a webhook that comes in, by Standard Webhooks (standardwebhooks.com): `v1,` and the base64 of HMAC-SHA-256 over
 * `<id>.<timestamp>.<body>`, any one of several signatures, the timestamp in seconds and not more than five minutes off.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export const WEBHOOK_TOLERANCE_MS = 5 * 60_000
/** `whsec_` and 24 to 64 bytes in base64. */
export const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/
const MAX_SIGNATURES = 10

export interface WebhookHeaders {
  id: string
  timestamp: string
  /** Separated by spaces. */
  signature: string
}

/** What is wrong with it, or undefined. `stale`: signed with the secret, but not just now. */
export function findWebhookFault(
  secret: string, { id, timestamp, signature }: WebhookHeaders, body: Buffer, now: number,
): 'signature' | 'stale' | undefined {
  const expected = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64')).update(`${id}.${timestamp}.`).update(body).digest()
  const matches = signature.split(' ', MAX_SIGNATURES).some((entry) => {
    const [version, encoded = ''] = entry.split(',', 2)
    const given = Buffer.from(encoded, 'base64')
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
  })
  if (!matches) return 'signature'
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now - Number(timestamp) * 1000) <= WEBHOOK_TOLERANCE_MS ? undefined : 'stale'
}
