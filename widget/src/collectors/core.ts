import type { Collector } from '../facts.ts'

/** What the machine is, whatever the profile says; `fingerprint.js` reads it, under the same consent. */
export const core: Collector<string> = (moment) => moment.core
