import type { Collector } from '../facts.ts'
import { toDuration } from '../signal-range.ts'

/** How long the pointer was over the control before it was pressed; a finger never hovers. */
export const hoverDuration: Collector<number> = ({ press }) =>
  press?.overAt === undefined ? undefined : toDuration(press.downAt - press.overAt)
