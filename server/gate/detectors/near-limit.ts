import type { Rate } from '../evidence.ts'

/** How far a rate is through the upper half of its limit: 0 up to half of it, then rising in a line to 1 at the limit. */
export function nearLimit({ count, limit }: Rate): number {
  return Math.min(1, Math.max(0, (2 * count) / limit - 1))
}
