/**
 * The vote list, newest first. No index of `votes` has that order (it would cost every vote a third of its size), so the list is
 * walked from wherever the filter leaves few rows: the index of held and invalidated votes, the decisions that say how votes were
 * cast, an item’s votes; or over stretches of time, each sixteen times as long as the one before, until the page is full.
 */
import type { HeldFor, Tier, VoteState } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'
import {
  HOLDERS, LAST_DECISION, Parameters, type VoteFilterRow, asksHowCast, castConditions, castVotes, heldCandidates, holdConditions, voteConditions,
} from './vote-filter.ts'

export interface ListedVote {
  itemId: number
  voter: string
  tier: Tier
  state: VoteState
  value: number
  castAt: number
  supersededBy: string | null
  ipAddress: string | null
  fingerprint: string | null
  device: string | null
  endUser: string | null
  userAgent: string | null
  score: number | null
  policy: string | null
  breakdown: unknown
  signals: unknown
  /** null where the vote is not held, or what it was held for is past retention. */
  heldFor: HeldFor | null
  cohortId: number | null
  core: string | null
  asn: number | null
  country: string | null
}
export type VoteKey = Pick<ListedVote, 'castAt' | 'itemId' | 'voter'>

/**
 * So many are read and sorted in a few dozen milliseconds, whichever they are. Of an item’s votes, which lie in an index, more; of held
 * ones, each of which has to be asked what holds it, fewer.
 */
const FEW = { rows: 5000, ofItem: 20_000, held: 1500 }
type Few = typeof FEW
/** The first stretch holds about so many pages, and each of the next is so many times as long. */
const PAGES = 4
const LONGER = 16
/** Longer than any retention: the stretch after it is the last, and has no beginning. */
const LONGEST_MS = 400 * 86_400_000

interface Page {
  /** The last row of the page before. */
  after: VoteKey | null
  limit: number
}
/** `from` included, `to` not; null: no bound. */
interface Stretch {
  from: number | null
  to: number | null
}
const ALWAYS: Stretch = { from: null, to: null }

/** Whatever `few` is, the answer is the same. */
export async function listVotes(db: Queryable, projectId: number, filter: VoteFilterRow, page: Page, few: Few = FEW): Promise<ListedVote[]> {
  const keys = await findKeys(db, projectId, filter, page, few)
  return await readVotes(db, projectId, keys)
}

async function findKeys(db: Queryable, projectId: number, filter: VoteFilterRow, page: Page, few: Few): Promise<VoteKey[]> {
  if (await leavesFew(db, projectId, filter, few)) return await readKeys(db, projectId, filter, page, ALWAYS)
  // votes_apart has the list’s own order.
  if (isApart(filter)) return await readKeys(db, projectId, filter, page, ALWAYS, true)
  const keys: VoteKey[] = []
  let to = Math.min(filter.until ?? Infinity, page.after === null ? Infinity : page.after.castAt + 1)
  let from = await findStart(db, projectId, to, page.limit * PAGES)
  for (let longMs = 0; ;) {
    keys.push(...await readKeys(db, projectId, filter, { after: page.after, limit: page.limit - keys.length }, { from, to: Number.isFinite(to) ? to : null }))
    if (keys.length >= page.limit || from === null || from <= (filter.since ?? -1)) return keys
    longMs = Math.max(longMs, Number.isFinite(to) ? to - from : 0, 1000) * LONGER
    to = from
    from = longMs > LONGEST_MS ? null : to - longMs
  }
}

const isApart = ({ state, heldFor, cohort }: VoteFilterRow): boolean =>
  state === 'held' || state === 'invalidated' || heldFor !== undefined || cohort !== undefined

/** Whether one of the fields alone leaves so few rows that they can be read at once, without an order. */
async function leavesFew(db: Queryable, projectId: number, filter: VoteFilterRow, few: Few): Promise<boolean> {
  const { item, heldFor, cohort, voter } = filter
  if (voter !== undefined || cohort !== undefined) return true
  if (asksHowCast(filter) && await isFewer(db, (parameters) => castVotes(projectId, castConditions(filter, parameters), parameters), few.rows)) return true
  if (heldFor !== undefined && await isFewer(db, (parameters) => heldCandidates(projectId, heldFor, parameters), few.held)) return true
  return item !== undefined && await isFewer(db, (parameters) =>
    `select from votes v where v.project_id = ${parameters.add(projectId)}::int and v.item_id = ${parameters.add(item)}::int`, few.ofItem)
}

async function isFewer(db: Queryable, select: (parameters: Parameters) => string, than: number): Promise<boolean> {
  const parameters = new Parameters()
  const { rows: [found] } = await db.query<{ rows: number }>(
    `select count(*)::int as rows from (${select(parameters)} limit ${parameters.add(than)}::int) few`, parameters.values)
  return (found?.rows ?? 0) < than
}

/** The time of the `many`-th decision before `to`, newest first: about as many votes were last cast since. null: there are fewer. */
async function findStart(db: Queryable, projectId: number, to: number, many: number): Promise<number | null> {
  const { rows } = await db.query<{ at: number }>(
    `select decided_at as at from decisions where project_id = $1 and decided_at < coalesce(to_timestamp($2::float8 / 1000.0), 'infinity')
     order by decided_at desc offset $3 limit 1`,
    [projectId, Number.isFinite(to) ? to : null, many],
  )
  return rows[0]?.at ?? null
}

/** In the list’s order. `ordered`: an index has it, and the rest is looked at row by row until the page is full. */
async function readKeys(
  db: Queryable, projectId: number, filter: VoteFilterRow, { after, limit }: Page, { from, to }: Stretch, ordered = false,
): Promise<VoteKey[]> {
  const parameters = new Parameters()
  const { heldFor, cohort } = filter
  const apart = heldFor !== undefined || cohort !== undefined
  if (apart && (filter.state === 'counted' || filter.state === 'invalidated')) return []
  const held = holdConditions(projectId, filter, parameters, { rowByRow: ordered })
  const conditions = voteConditions(projectId, apart ? { ...filter, state: 'held' } : filter, parameters)
  const cast = castConditions(filter, parameters)
  if (from !== null) conditions.push(`v.cast_at >= ${parameters.instant(from)}`)
  if (to !== null) conditions.push(`v.cast_at < ${parameters.instant(to)}`)
  if (after !== null) {
    conditions.push(`(v.cast_at, v.item_id, v.voter) < (${parameters.instant(after.castAt)}, ${parameters.add(after.itemId)}::int, ${parameters.add(after.voter)}::uuid)`)
  }
  if (cast.length > 0 && ordered) {
    // Not `exists`, which PostgreSQL would rather join as a whole than ask row by row (measured: 590 ms instead of 20).
    conditions.push(`(select true from decisions x where x.project_id = v.project_id and x.item_id = v.item_id and x.voter = v.voter
      and x.decided_at = v.cast_at and ${cast.join(' and ')} limit 1)`)
  } else if (cast.length > 0) {
    const begin = Math.max(from ?? 0, filter.since ?? 0)
    const end = Math.min(to ?? Infinity, filter.until ?? Infinity)
    if (begin > 0) cast.push(`x.decided_at >= ${parameters.instant(begin)}`)
    if (Number.isFinite(end)) cast.push(`x.decided_at < ${parameters.instant(end)}`)
    conditions.push(`(v.item_id, v.voter, v.cast_at) in (${castVotes(projectId, cast, parameters)})`)
  }
  const { rows } = await db.query<VoteKey>(
    `select v.item_id as "itemId", v.voter, v.cast_at as "castAt" from votes v ${held.length > 0 ? HOLDERS : ''}
     where ${[...conditions, ...held].join('\n and ')}
     order by v.cast_at desc, v.item_id desc, v.voter desc limit ${parameters.add(limit)}::int`,
    parameters.values,
  )
  return rows
}

/**
 * The votes of a page, in its order, with how they were cast and what holds them. One that is cast again meanwhile keeps its place, and
 * the next page begins where this one ends.
 */
export async function readVotes(db: Queryable, projectId: number, keys: readonly VoteKey[]): Promise<ListedVote[]> {
  if (keys.length === 0) return []
  const { rows } = await db.query<ListedVote>({
    name: 'votes-of-page',
    text: `
      select v.item_id as "itemId", v.voter,
        case v.tier when 'v' then 'verified' else 'device' end as tier,
        case v.state when 'c' then 'counted' when 'h' then 'held' else 'invalidated' end as state,
        v.value::text::int as value, to_timestamp(k.cast_at / 1000.0) as "castAt", v.superseded_by as "supersededBy",
        host(d.ip_address) as "ipAddress", d.fingerprint, d.device, d.end_user as "endUser", d.user_agent as "userAgent",
        d.score, d.policy, d.breakdown, d.signals, h.held_for as "heldFor", h.cohort_id as "cohortId", d.core, d.asn, d.country
      from unnest($2::int[], $3::uuid[], $4::float8[]) with ordinality as k (item_id, voter, cast_at, place)
      join votes v on v.project_id = $1 and v.item_id = k.item_id and v.voter = k.voter ${LAST_DECISION} ${HOLDERS}
      order by k.place`,
    values: [projectId, keys.map(({ itemId }) => itemId), keys.map(({ voter }) => voter), keys.map(({ castAt }) => castAt)],
  })
  return rows
}
