/**
 * Work that was done, and not for this. Where tests ask for little, a solution for one thing fits another by luck once in
 * 2^difficulty times, and then the vote rightly counts: these fit nothing but what they are for.
 */
import { createHash } from 'node:crypto'
import type { Challenge } from '../../server/contract/challenge.ts'

/** Leading zero bits, up to 32. */
const bitsOf = (nonce: string, itemId: string, counter: number): number =>
  Math.clz32(createHash('sha256').update(`${nonce}:${itemId}:${counter}`).digest().readUInt32BE(0))

/** Enough for `itemId`, and too little for each of the others. */
export function solveOnlyFor({ nonce, difficulty }: Pick<Challenge, 'nonce' | 'difficulty'>, itemId: string, ...others: string[]): string {
  for (let counter = 0; ; counter += 1) {
    if (bitsOf(nonce, itemId, counter) >= difficulty && others.every((other) => bitsOf(nonce, other, counter) < difficulty)) return `${nonce}:${counter}`
  }
}

/** Some work for the right item, and not enough of it. */
export function solveTooCheaply({ nonce, difficulty }: Pick<Challenge, 'nonce' | 'difficulty'>, itemId: string): string {
  for (let counter = 0; ; counter += 1) {
    const bits = bitsOf(nonce, itemId, counter)
    if (bits > 0 && bits < difficulty) return `${nonce}:${counter}`
  }
}
