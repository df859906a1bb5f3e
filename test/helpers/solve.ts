/** Does the work a challenge asks for, as the widget would. Tests ask for little. */
import { createHash } from 'node:crypto'
import type { Challenge } from '../../server/contract/challenge.ts'
import { defaultPolicy } from '../../server/gate/policies/default.ts'
import type { Policy } from '../../server/gate/policies/policy.ts'

/** The shipped policy with work that takes no time; everything it demands of a client is still demanded. */
export const quickPolicy: Policy = {
  ...defaultPolicy,
  version: 'quick',
  challenge: { difficulty: 6, suspectDifficulty: 7, stepUpDifficulty: 8, stepUpTtlMs: 300_000, minimumDwellMs: 500 },
}

export function solve({ nonce, difficulty }: Pick<Challenge, 'nonce' | 'difficulty'>, itemId: string): string {
  for (let counter = 0; ; counter += 1) {
    const digest = createHash('sha256').update(`${nonce}:${itemId}:${counter}`).digest()
    if (digest.readUInt32BE(0) >>> (32 - difficulty) === 0) return `${nonce}:${counter}`
  }
}
