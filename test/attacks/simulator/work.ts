/** Proof of work, as the widget and any native client does it, and what it would have cost. */
import { createHash } from 'node:crypto'
import type { Challenge } from '../../../server/contract/challenge.ts'

/** `<nonce>:<counter>` such that SHA-256 over `<nonce>:<itemId>:<counter>` begins with the asked number of zero bits. */
export function solve({ nonce, difficulty }: Pick<Challenge, 'nonce' | 'difficulty'>, itemId: string): string {
  for (let counter = 0; ; counter += 1) {
    if (leadingZeros(createHash('sha256').update(`${nonce}:${itemId}:${counter}`).digest()) >= difficulty) return `${nonce}:${counter}`
  }
}

/** Hashes that a solution takes on average. */
export const expectedHashes = (difficulty: number): number => 2 ** difficulty

function leadingZeros(digest: Buffer): number {
  const zeroBytes = digest.findIndex((byte) => byte !== 0)
  return zeroBytes === -1 ? digest.length * 8 : zeroBytes * 8 + Math.clz32(digest[zeroBytes] ?? 0) - 24
}
