import type { Collector } from '../facts.ts'
import { toCount } from '../signal-range.ts'

/** Pointer moves that led to the press. Only a mouse or pen has them. */
export const moves: Collector<number> = ({ press, observed }) =>
  press && press.type !== 'touch' ? toCount(observed.trail.moves) : undefined
