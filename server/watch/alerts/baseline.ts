/**
 * What is usual for a group at an hour: the mean of the same hour of the week, or, while the history is short, of the same
 * hour of the day. Hours in which an alert of the same rule was active do not count, so whoever attacks does not become usual.
 */

export interface Interval {
  from: number
  until: number
}

const HOUR_MS = 3_600_000
const DAY_HOURS = 24
const WEEK_HOURS = 168
const LEAST_WEEKS = 2
const LEAST_DAYS = 3

/**
 * @param hours amount in each hour, by the hour’s beginning; an hour that is missing had none
 * @param hour the beginning of the hour that is asked about
 * @param spanMs the amount is asked for so long a time
 * @returns undefined while too little is known
 */
export function usualAmount(
  hours: ReadonlyMap<number, number>, hour: number, excluded: readonly Interval[], { historyMs, spanMs }: { historyMs: number; spanMs: number },
): number | undefined {
  const first = firstOf(hours)
  if (first === undefined) return undefined
  const oldest = Math.max(first, hour - historyMs)
  const mean = (everyHours: number, least: number): number | undefined => {
    const amounts: number[] = []
    for (let at = hour - everyHours * HOUR_MS; at >= oldest; at -= everyHours * HOUR_MS) {
      if (!excluded.some(({ from, until }) => from < at + HOUR_MS && until > at)) amounts.push(hours.get(at) ?? 0)
    }
    return amounts.length < least ? undefined : amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length
  }
  const perHour = mean(WEEK_HOURS, LEAST_WEEKS) ?? mean(DAY_HOURS, LEAST_DAYS)
  return perHour === undefined ? undefined : (perHour * spanMs) / HOUR_MS
}

/** Before its first hour there was no such group, which is not the same as an hour without a line. */
function firstOf(hours: ReadonlyMap<number, number>): number | undefined {
  let first: number | undefined
  for (const hour of hours.keys()) if (first === undefined || hour < first) first = hour
  return first
}
