import type { Collector } from '../facts.ts'
import { toCount } from '../signal-range.ts'

/** How many keys were pressed inside the widget; never which. */
export const keys: Collector<number> = ({ observed }) => toCount(observed.keys)
