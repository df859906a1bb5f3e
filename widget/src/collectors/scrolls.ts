import type { Collector } from '../facts.ts'
import { toCount } from '../signal-range.ts'

/** How often the page reported a scroll since the widget appeared. */
export const scrolls: Collector<number> = ({ observed }) => toCount(observed.scrolls)
