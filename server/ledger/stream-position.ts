/**
 * How far a reader of the ledger’s stream has got, as the `id` of a server-sent event. It is a snapshot of the database, which says of
 * every transaction whether it had been committed: what the snapshot does not see is news, however late it was committed and
 * however often its row had been written before. Times cannot say that.
 */

/** What was committed: `snapshot` as PostgreSQL writes one; no row that it does not see was recorded before `since` (database’s clock, ms). */
export interface StreamPoint {
  since: number
  snapshot: string
}
/** In the middle of what came between two points, where it is more than one page: the last row that was handed over. */
export interface StreamPosition extends StreamPoint {
  page?: { through: StreamPoint; recordedUs: string; id: string }
}

const SNAPSHOT = String.raw`\d{1,19}:\d{1,19}:(?:\d{1,19}(?:,\d{1,19})*)?`
const POINT = String.raw`(\d{1,15})~(${SNAPSHOT})`
const PATTERN = new RegExp(String.raw`^${POINT}(?:~${POINT}~(\d{1,18})~([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}))?$`)
/** Longer ones would not come back: node takes 16 kB of headers. A snapshot is as long as there are transactions under way. */
const LONGEST_POSITION = 4000

const textOf = ({ since, snapshot }: StreamPoint): string => `${Math.floor(since)}~${snapshot}`

/** null: it would be too long; the one before is as good, with more to read again. */
export function writePosition(position: StreamPosition): string | null {
  const { page } = position
  const text = page === undefined ? textOf(position) : [textOf(position), textOf(page.through), page.recordedUs, page.id].join('~')
  return text.length > LONGEST_POSITION ? null : text
}

/** null: this server gave out no such position. */
export function readPosition(text: string): StreamPosition | null {
  if (text.length > LONGEST_POSITION) return null
  const [, since, snapshot, throughSince, throughSnapshot, recordedUs, id] = PATTERN.exec(text) ?? []
  if (since === undefined || snapshot === undefined || !isSnapshot(snapshot)) return null
  const point = { since: Number(since), snapshot }
  if (throughSince === undefined || throughSnapshot === undefined || recordedUs === undefined || id === undefined) return point
  return isSnapshot(throughSnapshot) ? { ...point, page: { through: { since: Number(throughSince), snapshot: throughSnapshot }, recordedUs, id } } : null
}

const MOST_TRANSACTIONS = 2n ** 63n

/** As PostgreSQL would read it; what it would refuse is no position and not an error of the database. */
function isSnapshot(text: string): boolean {
  const [xmin = 0n, xmax = 0n, ...active] = text.split(/[:,]/).filter((part) => part !== '').map(BigInt)
  return xmin > 0n && xmin <= xmax && xmax < MOST_TRANSACTIONS &&
    active.every((xid, index) => xid >= xmin && xid < xmax && xid > (active[index - 1] ?? 0n))
}

/** Whether the database has come as far: another one’s positions may lie in its future. */
export function isWithin({ snapshot }: StreamPoint, present: StreamPoint): boolean {
  return BigInt(snapshot.split(':')[1] ?? '0') <= BigInt(present.snapshot.split(':')[1] ?? '0')
}
