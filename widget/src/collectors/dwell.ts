import type { Collector } from '../facts.ts'
import { toDuration } from '../signal-range.ts'

/** From the widget's appearance to the vote. */
export const dwell: Collector<number> = ({ event, observed }) => toDuration(event.timeStamp - observed.since)
