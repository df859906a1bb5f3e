import type { Collector } from '../facts.ts'

/** False for an event a script made up; the browser sets it and no page script can. */
export const trusted: Collector<boolean> = ({ event }) => event.isTrusted
