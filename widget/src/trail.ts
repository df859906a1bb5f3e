/**
 * The pointer's path, folded as it happens into counts, lengths and a hash. No point of it is ever stored, so none
 * can be sent.
 */

/** Below this many moves a path is too poor to be anybody's own: two honest visitors could share its hash. */
const LEAST_MOVES = 5

export interface Trail {
  moves: number
  /** Moves the browser merged into one event; stays 0 where it does not tell (plain http). */
  coalesced: number
  /** Pixels travelled. */
  length: number
  start?: Point | undefined
  end?: Point | undefined
  /** Two 32-bit lanes of the hash. */
  lanes: readonly [number, number]
}

interface Point {
  x: number
  y: number
}

export function createTrail(): Trail {
  return { moves: 0, coalesced: 0, length: 0, lanes: [0x811c9dc5, 0x1000193] }
}

/** Forgets the path but not the hash: the hash tells one vote's path from all earlier ones of this page. */
export function restartTrail(trail: Trail): void {
  trail.moves = trail.coalesced = trail.length = 0
  trail.start = trail.end = undefined
}

/** FNV-1a over two lanes of different primes. Not cryptographic (crypto.subtle is missing on http), nor need it be. */
function stir(trail: Trail, value: number): void {
  const first = Math.imul(trail.lanes[0] ^ value, 0x01000193)
  trail.lanes = [first, Math.imul(trail.lanes[1] ^ value ^ (first >>> 15), 0x85ebca6b)]
}

/** Stirs a place (cells of 4 px) and a time (steps of 16 ms) into the hash. */
export function markPlace(trail: Trail, { x, y }: Point, milliseconds: number): void {
  stir(trail, Math.trunc(x) >> 2)
  stir(trail, Math.trunc(y) >> 2)
  stir(trail, Math.trunc(milliseconds) >> 4)
}

/** @param coalesced how many hardware moves the event stands for; 0 where the browser does not tell */
export function addMove(trail: Trail, point: Point, milliseconds: number, coalesced: number): void {
  const from = trail.end
  if (from) trail.length += Math.hypot(point.x - from.x, point.y - from.y)
  trail.start ??= point
  trail.end = point
  trail.moves += 1
  trail.coalesced += coalesced
  markPlace(trail, point, milliseconds)
}

/** Chord over path length; 1 is a ruler line. Undefined for a path without a length. */
export function straightnessOf({ start, end, length }: Trail): number | undefined {
  return start && end && length > 0 ? Math.hypot(end.x - start.x, end.y - start.y) / length : undefined
}

/** 16 hex digits, or undefined while the path is too short to identify anything. */
export function hashOf({ moves, lanes }: Trail): string | undefined {
  if (moves < LEAST_MOVES) return undefined
  return lanes.map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
}
