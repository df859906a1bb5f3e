import { hashOf } from '../trail.ts'
import type { Collector } from '../facts.ts'

/** Tells a path from every other; the path itself stays in the page. */
export const pathHash: Collector<string> = ({ press, observed }) =>
  press && press.type !== 'touch' ? hashOf(observed.trail) : undefined
