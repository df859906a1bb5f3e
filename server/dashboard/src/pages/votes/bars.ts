/** Stacked bars of votes over time, as numbers: counted below, held on it, invalidated on top. */
import type { HistoryAnswer } from '../../../../contract/vote-views.ts'

const STATES = ['counted', 'held', 'invalidated'] as const
/** A state with a vote is seen, however few they are beside the others. */
const LEAST = 1.5

export interface BarPart {
  state: (typeof STATES)[number]
  /** Place from the left, in buckets. */
  x: number
  /** From the top. */
  y: number
  height: number
}

/** @param height of the tallest bar */
export function barsOf({ since, until, bucketMs, buckets }: HistoryAnswer, height: number): { places: number; parts: BarPart[] } {
  const most = Math.max(1, ...buckets.map(({ counted, held, invalidated }) => counted + held + invalidated))
  const parts = buckets.flatMap((bucket) => {
    const tall = STATES.map((state) => (bucket[state] === 0 ? 0 : Math.max(LEAST, (bucket[state] / most) * height)))
    // What the smallest were given the whole bar gives up.
    const shrunk = Math.min(1, height / tall.reduce((sum, one) => sum + one, 0))
    let top = height
    return STATES.flatMap((state, index): BarPart[] => {
      const part = (tall[index] ?? 0) * shrunk
      top -= part
      return part === 0 ? [] : [{ state, x: Math.round((bucket.at - since) / bucketMs), y: Math.max(0, top), height: part }]
    })
  })
  return { places: Math.max(1, Math.ceil((until - since) / bucketMs)), parts }
}

/** Every bucket of the span, with nought where nothing was cast: what a chart over time wants. */
export function filledBuckets({ since, until, bucketMs, buckets }: HistoryAnswer): HistoryAnswer['buckets'] {
  const byTime = new Map(buckets.map((bucket) => [bucket.at, bucket]))
  return Array.from({ length: Math.max(1, Math.ceil((until - since) / bucketMs)) }, (_, index) => {
    const at = since + index * bucketMs
    return byTime.get(at) ?? { at, counted: 0, held: 0, invalidated: 0 }
  })
}
