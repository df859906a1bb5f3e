/** When an attempt that failed is made again, and when no more. */

const FIRST_MS = 5000
const LONGEST_MS = 15 * 60_000
/** About a day: 8 attempts in the first quarter of an hour or so, then four an hour. */
const GIVE_UP_AFTER_MS = 24 * 3_600_000
/** So many at least, if this server was itself away for that day. */
const LEAST_ATTEMPTS = 24

/** @param attempts begun so far, 1 after the first; @param jitter 0 to 1, spreads those that failed together by ±20 % */
export function backoffMs(attempts: number, jitter: number): number {
  const plain = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, 30))
  return Math.round(plain * (0.8 + 0.4 * jitter))
}

export const isSpent = ({ attempts, createdAt }: { attempts: number; createdAt: number }, now: number): boolean =>
  attempts >= LEAST_ATTEMPTS && now - createdAt >= GIVE_UP_AFTER_MS
