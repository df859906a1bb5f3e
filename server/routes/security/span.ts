/** Which time a picture shows: `since`, `until` and `bucket` of a query made whole, and what of it the counts by the hour can answer. */
import type { Parts } from '../../../db/queries/pictures.ts'
import { BUCKETS, type BucketName } from '../../contract/pictures.ts'
import { Problem } from '../../errors.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A picture 1400 pixels wide shows no more. */
const MOST_BUCKETS = 1500
/** Buckets under an hour are read from the ledger itself. */
const FINE_MS = 2 * DAY_MS
/** From here on a comparison is with whole hours. */
const BY_HOUR_MS = 12 * HOUR_MS
const LONGEST_MS = 3660 * DAY_MS
/** From here on a span is of whole days. */
const BY_DAY_MS = 3 * DAY_MS

export interface Span {
  since: number
  until: number
  bucketMs: number
}

const floorTo = (at: number, step: number): number => Math.floor(at / step) * step

/** Throws `invalid_request`. */
export function spanOf(asked: { since?: number | undefined; until?: number | undefined; bucket?: BucketName | undefined }, now: number): Span {
  const { since, until } = endsOf(asked, now)
  const bucketMs = asked.bucket === undefined ? fitting(until - since) : BUCKETS[asked.bucket]
  const begin = floorTo(since, bucketMs)
  if (bucketMs < HOUR_MS && until - begin > FINE_MS + bucketMs) refuse('/querystring/bucket', 'is too short for more than two days')
  if ((until - begin) / bucketMs > MOST_BUCKETS) refuse('/querystring/bucket', `would make more than ${MOST_BUCKETS} of them`)
  return { since: begin, until, bucketMs }
}

/** For sums over all of the time: whole hours, or whole days of a long one. */
export function wholeSpanOf(asked: { since?: number | undefined; until?: number | undefined }, now: number): Omit<Span, 'bucketMs'> {
  const { since, until } = endsOf(asked, now)
  return { since: floorTo(since, until - since > BY_DAY_MS ? DAY_MS : HOUR_MS), until }
}

/** @param countedUntil until when hours are counted; null: none is */
export function partsOf({ since, until, bucketMs = HOUR_MS }: Omit<Span, 'bucketMs'> & Partial<Span>, countedUntil: number | null): Parts {
  // Part of an hour is read from the ledger, at whichever end: one that begins within an hour is short. So is one in shorter buckets,
  // of which a counted hour would fill the first.
  const live = since % HOUR_MS === 0 && bucketMs % HOUR_MS === 0 ? Math.max(since, Math.min(countedUntil ?? since, floorTo(until, HOUR_MS))) : since
  const days = since % DAY_MS === 0 ? Math.max(since, floorTo(live, DAY_MS)) : since
  return { from: since, days, live, to: until }
}

/** As long a time before: it ends less than a bucket before this one begins, or less than an hour where it is long, so that hours can answer. */
export function earlierSpan({ since, until, bucketMs }: Span): Span {
  const length = until - since
  const step = length < BY_HOUR_MS ? bucketMs : Math.max(bucketMs, HOUR_MS)
  const begin = floorTo(since - length, step)
  return { since: begin, until: begin + length, bucketMs: step }
}

/** Where each bucket begins. */
export function bucketsOf({ since, until, bucketMs }: Span): number[] {
  return Array.from({ length: Math.max(1, Math.ceil((until - since) / bucketMs)) }, (_, n) => since + n * bucketMs)
}

function endsOf(asked: { since?: number | undefined; until?: number | undefined }, now: number): { since: number; until: number } {
  const until = Math.min(asked.until ?? now, now)
  const since = asked.since ?? until - DAY_MS
  if (since >= until) refuse('/querystring/since', 'must be before `until`, and not in the future')
  if (until - since > LONGEST_MS) refuse('/querystring/since', 'is more than ten years before `until`')
  return { since, until }
}

function fitting(length: number): number {
  if (length <= 2 * HOUR_MS) return BUCKETS['1m']
  if (length <= 12 * HOUR_MS) return BUCKETS['5m']
  if (length <= 26 * HOUR_MS) return BUCKETS['15m']
  if (length <= 8 * DAY_MS) return BUCKETS['1h']
  return length <= 45 * DAY_MS ? BUCKETS['6h'] : BUCKETS['1d']
}

function refuse(pointer: string, detail: string): never {
  throw new Problem('invalid_request', { errors: [{ pointer, detail }] })
}
