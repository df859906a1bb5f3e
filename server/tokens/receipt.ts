/** Receipts: the voter's proof that the server acknowledged this vote, and at what time. */
import { sign, verify } from './signed.ts'

export interface Receipt {
  projectId: number
  itemId: number
  voter: string
  value: 0 | 1
  at: number
}

export function mintReceipt(key: Buffer, receipt: Receipt): string {
  return sign(key, receipt)
}

export function readReceipt(key: Buffer, token: string): Receipt | undefined {
  return verify(key, token) as Receipt | undefined
}
