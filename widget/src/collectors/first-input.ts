import type { Collector } from '../facts.ts'
import { toDuration } from '../signal-range.ts'

/** From the widget's appearance to the first press or key inside it. */
export const firstInput: Collector<number> = ({ observed }) =>
  observed.firstInputAt === undefined ? undefined : toDuration(observed.firstInputAt - observed.since)
