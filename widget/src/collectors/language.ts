import type { Collector } from '../facts.ts'

/** The browser's first language, which the header of every request says as well. */
export const language: Collector<string> = () => (/^[a-z0-9-]{1,35}$/i.test(navigator.language) ? navigator.language : undefined)
