import type { Collector } from '../facts.ts'
import { toCount } from '../signal-range.ts'

/** Hardware moves behind those events. 0 with moves seen means that the browser does not tell: absent. */
export const coalescedMoves: Collector<number> = ({ press, observed: { trail } }) =>
  press && press.type !== 'touch' && (trail.coalesced || !trail.moves) ? toCount(trail.coalesced) : undefined
