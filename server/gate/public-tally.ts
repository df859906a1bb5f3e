/** The number a board shows. Pure; nothing changes state for it, so a raised cap shows at once what a lower one left out. */
import type { TallyColumns } from './settle.ts'

export type CountedVotes = Pick<TallyColumns, 'counted' | 'countedVerified'>

/** Shares are taken to a millionth, so that the arithmetic is in whole numbers: in binary, 0.3 of 10 is not 3. */
export const SHARE_STEPS = 1_000_000

/**
 * Counted votes, of which device votes make up at most the share `anonymousShare` (0 ≤ share < 1): with 0.5, as many as there
 * are verified ones. null: as many as there are.
 */
export function publicTally({ counted, countedVerified }: CountedVotes, anonymousShare: number | null): number {
  if (anonymousShare === null) return counted
  const share = Math.min(Math.round(anonymousShare * SHARE_STEPS), SHARE_STEPS - 1)
  // Both are exact: at most 2^31 votes times a million is below 2^53.
  const dividend = countedVerified * share
  const divisor = SHARE_STEPS - share
  const allowed = (dividend - (dividend % divisor)) / divisor
  return countedVerified + Math.min(counted - countedVerified, allowed)
}
