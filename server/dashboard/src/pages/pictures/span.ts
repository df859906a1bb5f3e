/** Which time the pictures show: the URL's `range`, or its `since` and `until` for a closer look. */
import type { View } from '../../app/query.ts'

export const RANGES = [
  { id: '1h', title: '1 hour', ms: 3_600_000, earlier: 'the hour before' },
  { id: '24h', title: '24 hours', ms: 86_400_000, earlier: 'the day before' },
  { id: '7d', title: '7 days', ms: 7 * 86_400_000, earlier: 'the week before' },
  { id: '30d', title: '30 days', ms: 30 * 86_400_000, earlier: 'the 30 days before' },
  { id: '90d', title: '90 days', ms: 90 * 86_400_000, earlier: 'the 90 days before' },
] as const
const USUAL = RANGES[1]
/** A minute is the smallest bucket there is. */
const CLOSEST_MS = 60_000
/** The last moment a Date holds: writing a later one throws. */
const LAST_MS = 8.64e15

export interface ShownSpan {
  /** Of the chosen range; undefined where a closer look is taken. */
  range: string | undefined
  since: number
  /** undefined: now, whenever that is. */
  until: number | undefined
  earlier: string
}

export function spanOf({ query }: View, now: number): ShownSpan {
  const [since, until] = [Number(query['since'] ?? Number.NaN), Number(query['until'] ?? Number.NaN)]
  if (Number.isSafeInteger(since) && Number.isSafeInteger(until) && since >= 0 && since < until && until <= LAST_MS) return { range: undefined, since, until, earlier: 'in as long a time before' }
  const range = RANGES.find(({ id }) => id === query['range']) ?? USUAL
  return { range: range.id, since: now - range.ms, until: undefined, earlier: range.earlier }
}

/** The address of a closer look at one bucket; undefined where there is none to take. */
export function closerLook({ href }: View, bucketMs: number): ((at: number) => string) | undefined {
  return bucketMs <= CLOSEST_MS ? undefined : (at) => href({ range: null, since: at, until: at + bucketMs })
}
