/**
 * Who a vote is keyed by: the first 128 bits of HMAC-SHA-256 under the project's pepper, as a UUID (README, trust tiers).
 * The same person on two projects has unrelated keys, and a stolen table does not give user ids back.
 */
import { createHmac } from 'node:crypto'

export type VoterKeyKind = 'verified' | 'device' | 'bucket'

export function voterKey(pepper: Buffer, kind: VoterKeyKind, ...parts: string[]): string {
  const hex = createHmac('sha256', pepper).update([kind, ...parts].join('\0')).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
