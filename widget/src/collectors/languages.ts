import type { Collector } from '../facts.ts'
import { toCount } from '../signal-range.ts'

/** How many languages the browser asks for; never which. */
export const languages: Collector<number> = () => toCount(navigator.languages.length)
