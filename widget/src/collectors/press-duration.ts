import type { Collector } from '../facts.ts'
import { toDuration } from '../signal-range.ts'

/** How long the pointer was down. */
export const pressDuration: Collector<number> = ({ press }) =>
  press?.upAt === undefined ? undefined : toDuration(press.upAt - press.downAt)
