import type { Collector } from '../facts.ts'

/** IANA name. */
export const timeZone: Collector<string> = () => {
  const { timeZone: name } = new Intl.DateTimeFormat().resolvedOptions()
  return /^[\w+/-]{1,64}$/.test(name) ? name : undefined
}
