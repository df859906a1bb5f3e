import { straightnessOf } from '../trail.ts'
import type { Collector } from '../facts.ts'
import { toShare } from '../signal-range.ts'

/** Chord over length of the path that led to the press. */
export const straightness: Collector<number> = ({ press, observed }) => {
  const share = press && press.type !== 'touch' ? straightnessOf(observed.trail) : undefined
  return share === undefined ? undefined : toShare(share)
}
