/** Ids of decisions: UUIDv7 (RFC 9562), in order of time to the millisecond. */
import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** One call for many ids: asked for each, randomness is most of what an id costs (2.1 µs, against 0.3). */
const pool = new Uint8Array(16 * 256)
let used = pool.length

export function newDecisionId(at: number): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, (used += 16))
  return v7({ msecs: at, random })
}
