import type { Collector } from '../facts.ts'

/** Minutes, as Date#getTimezoneOffset. */
export const timezoneOffset: Collector<number> = () => {
  const minutes = Math.round(new Date().getTimezoneOffset())
  return Math.abs(minutes) <= 1000 ? minutes : undefined
}
