import type { Collector } from '../facts.ts'
import { toShare } from '../signal-range.ts'

/** Pressure as the pointer went down: .5 for a real mouse, 0 for several drivers that forge one. */
export const pressure: Collector<number> = ({ press }) => (press ? toShare(press.pressure) : undefined)
