import type { Collector } from '../facts.ts'

/** Nobody votes in a tab that nobody sees. */
export const visibility: Collector<boolean> = () => document.visibilityState === 'visible'
