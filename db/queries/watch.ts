/** The ledger as the watch reads it, and the votes its findings are about. */
import { ADVISORY_LOCKS } from '../advisory-locks.ts'
import type { CohortKind, HeldFor } from '../../server/contract/primitives.ts'
import type { StateCode, TierCode, ValueCode } from '../../server/gate/settle.ts'
import { type Pool, type Queryable, inTransaction, sortInMemory } from '../queryable.ts'
import { HOLDERS } from './vote-filter.ts'

export interface LedgerVote {
  decisionId: string
  projectId: number
  itemId: number
  voter: string
  at: number
  /** By the database’s clock. */
  recordedAt: number
  tier: TierCode
  value: ValueCode
  state: StateCode
  heldFor: 'score' | 'seat' | 'cohort' | 'age' | null
  cohortId: number | null
  ipAddress: string
  fingerprint: string | null
  core: string | null
  hosting: boolean | null
  userAgent: string | null
  newcomer: boolean | null
  gesture: Gesture
}
type Gesture = Partial<Record<(typeof GESTURE)[number], number>>
const GESTURE = ['pressMs', 'offCentre', 'straightness', 'hoverMs'] as const

const LEDGER_VOTE = `
  d.decision_id as "decisionId", d.project_id as "projectId", d.item_id as "itemId", d.voter, d.decided_at as at,
  d.recorded_at as "recordedAt", d.tier,
  d.value::text::int as value, d.state, d.held_for as "heldFor", d.cohort_id as "cohortId", host(d.ip_address) as "ipAddress",
  d.fingerprint, d.core, d.hosting, d.user_agent as "userAgent", d.newcomer,
  ${GESTURE.map((name) => `(d.signals->>'${name}')::float8 as "${name}"`).join(', ')}`

/** Four of the signals, not all of them: most of what a look costs is what it carries. */
type LedgerLine = Omit<LedgerVote, 'gesture'> & Record<(typeof GESTURE)[number], number | null>

function voteOf({ pressMs, offCentre, straightness, hoverMs, ...line }: LedgerLine): LedgerVote {
  const gesture: Gesture = {}
  if (pressMs !== null) gesture.pressMs = pressMs
  if (offCentre !== null) gesture.offCentre = offCentre
  if (straightness !== null) gesture.straightness = straightness
  if (hoverMs !== null) gesture.hoverMs = hoverMs
  return { ...line, gesture }
}

/** By the database’s clock. */
export interface LedgerPosition {
  recordedAt: number
  decisionId: string
}

const ONWARD = `
  select ${LEDGER_VOTE} from decisions d
  where d.decided_at >= to_timestamp($3 / 1000.0)
    and d.recorded_at >= to_timestamp($1 / 1000.0) and (d.recorded_at, d.decision_id) > (to_timestamp($1 / 1000.0), $2::uuid)
  order by d.recorded_at, d.decision_id limit $4`

/** Decisions recorded after this position, in that order; none dated before `since`, so that most days are not looked at. */
export async function readDecisions(db: Queryable, after: LedgerPosition, since: number, limit: number): Promise<LedgerVote[]> {
  const { rows } = await db.query<LedgerLine>({ name: 'watch-decisions', text: ONWARD, values: [after.recordedAt, after.decisionId, since, limit] })
  return rows.map(voteOf)
}

/**
 * The same of many, `page` at a time, as of one moment: all that is left is read and sorted to know what comes first, and asked page by
 * page that was done for each (36 µs a line with 44,000 of them, measured). Answers how many; as many as `limit`: there may be more.
 */
export async function readManyDecisions(
  pool: Pool, after: LedgerPosition, since: number, { limit, page }: { limit: number; page: number }, take: (rows: LedgerVote[]) => void,
): Promise<number> {
  return await inTransaction(pool, async (client) => {
    await client.query('set transaction read only')
    await sortInMemory(client)
    await client.query(`declare onward no scroll cursor for ${ONWARD}`, [after.recordedAt, after.decisionId, since, limit])
    return await fetchPages(client, 'onward', page, take)
  })
}

async function fetchPages(client: Queryable, cursor: string, page: number, take: (rows: LedgerVote[]) => void): Promise<number> {
  for (let count = 0; ;) {
    const { rows } = await client.query<LedgerLine>(`fetch ${Math.floor(page)} from ${cursor}`)
    if (rows.length > 0) take(rows.map(voteOf))
    count += rows.length
    if (rows.length < page) return count
  }
}

/** What time it is for the ledger. */
export async function readLedgerClock(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ now: number }>('select clock_timestamp() as now')
  return rows[0]?.now ?? 0
}

/**
 * The newest decisions since then, oldest first, some at a time: what a server that starts has to know. By a cursor, because
 * fifty thousand of them at once are 100 MB, which a heap that has grown for them keeps.
 */
export async function readRecentDecisions(pool: Pool, since: number, limit: number, take: (rows: LedgerVote[]) => void): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(
      `declare recent no scroll cursor for select * from (
         select ${LEDGER_VOTE} from decisions d where d.decided_at >= to_timestamp($1 / 1000.0) order by d.decided_at desc, d.decision_id desc limit $2
       ) newest order by at, "decisionId"`,
      [since, limit],
    )
    await fetchPages(client, 'recent', 1000, take)
  })
}

/** As server/gate/signs.ts writes it. */
function figure(name: string): string {
  return `case when (d.signals->>'${name}')::numeric < 0.000001 then '0' else d.signals->>'${name}' end`
}

/** `$5` is what they share. */
const SHARES: Record<CohortKind, string> = {
  machine: `d.tier = 'd' and d.core = split_part($5, ' ', 1) and d.ip_address <<= split_part($5, ' ', 2)::cidr`,
  network: `d.tier = 'd' and d.ip_address <<= $5::cidr`,
  prefix: `d.tier = 'd' and d.ip_address <<= $5::cidr`,
  fingerprint: `d.tier = 'd' and d.fingerprint = $5`,
  core: `d.tier = 'd' and d.core = $5`,
  hosting: `d.tier = 'd' and d.hosting and $5 = '*'`,
  gesture: `d.tier = 'd' and concat_ws(' ', ${GESTURE.map(figure).join(', ')}) = $5`,
  surge: `d.tier = 'd' and d.newcomer and $5 = '*'`,
  users: `d.tier = 'v' and d.ip_address <<= $5::cidr`,
}

export interface CohortQuery {
  projectId: number
  itemId: number
  kind: CohortKind
  matches: string
  since: number
  /** Only those who voted for nothing else. */
  onlyItem: boolean
}

export interface Member {
  voter: string
  state: StateCode
  castAt: number
  network: string
  newcomer: boolean
}

/** Everybody who voted for the item and shares the sign, whatever the vote’s state; held for its own score aside. */
export async function findMembers(db: Queryable, asked: CohortQuery): Promise<Member[]> {
  const { rows } = await db.query<Member>(
    `
    with bearers as (
      select d.voter, min(d.network::text) as network, bool_or(d.newcomer) as newcomer from decisions d
      where d.project_id = $1 and d.item_id = $2 and d.decided_at >= to_timestamp($3 / 1000.0) and d.value = '1'
        and d.held_for is distinct from 'score' and ${SHARES[asked.kind]}
      group by d.voter
    )
    select v.voter, v.state, v.cast_at as "castAt", b.network, coalesce(b.newcomer, false) as newcomer
    from bearers b join votes v on v.project_id = $1 and v.item_id = $2 and v.voter = b.voter
    where v.value = '1' and v.superseded_by is null
      and (not $4 or not exists (
        select from items i join votes o on o.project_id = i.project_id and o.item_id = i.item_id and o.voter = v.voter
        where i.project_id = $1 and i.item_id <> $2 and o.value = '1' and o.superseded_by is null and o.cast_at >= to_timestamp($3 / 1000.0)))
    order by v.voter`,
    [asked.projectId, asked.itemId, asked.since, asked.onlyItem, asked.matches],
  )
  return rows
}

/** Whether a person took such a cohort back since then: a rule does not argue. A surge is no other name for one on the same item. */
export async function wasLifted(db: Queryable, asked: Pick<CohortQuery, 'projectId' | 'kind' | 'matches' | 'itemId' | 'since'>): Promise<boolean> {
  const { rows } = await db.query(
    `select from cohorts where project_id = $1 and item_id = $4 and ($2 = 'surge' or (kind = $2 and matches = $3))
       and lifted_at > to_timestamp($5 / 1000.0) and lifted_by <> 'expiry' and lifted_by not like 'rule:%' limit 1`,
    [asked.projectId, asked.kind, asked.matches, asked.itemId, asked.since],
  )
  return rows.length > 0
}

/** From now on it stands as long again as when it was opened. false: it is over, was lifted, or stands for longer than half of that anyway. */
export async function stretchCohort(db: Queryable, projectId: number, cohortId: number, now: number, longestMs: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update cohorts set expires_at = least(to_timestamp(($3::float8 + (evidence->>'standsMs')::float8) / 1000.0), opened_at + $4 * interval '1 millisecond')
     where project_id = $1 and cohort_id = $2 and lifted_at is null and expires_at > to_timestamp($3::float8 / 1000.0)
       and expires_at < opened_at + $4 * interval '1 millisecond'
       and expires_at < to_timestamp(($3::float8 + (evidence->>'standsMs')::float8 / 2) / 1000.0)`,
    [projectId, cohortId, now, longestMs],
  )
  return rowCount === 1
}

export interface HeldVote {
  projectId: number
  itemId: number
  voter: string
  tier: TierCode
  castAt: number
  /** Uppermost reason. */
  heldFor: HeldFor | null
  ipAddress: string
  fingerprint: string | null
  /** For a vote held for its voter’s age: when that is over. */
  heldUntil: number | null
  /** Kind and test of every cohort that holds it, on arrival or afterwards: `surge/surge`, `network/focus`. */
  cohorts: string[]
  /** Whether the voter voted for something else on the board, and that counts; before this vote, or at all. */
  elsewhere: 'before' | 'after' | null
  /** Whether the device came back well after this vote, with the token it was given. */
  returned: boolean
}

/** Held votes last changed before then and after `after`, oldest first, with what may let them go. */
export async function readHeldVotes(
  db: Queryable, before: number, returnMs: number, after: Pick<HeldVote, 'castAt' | 'itemId' | 'voter'> | null, limit: number,
): Promise<HeldVote[]> {
  const { rows } = await db.query<HeldVote>({
    name: 'watch-held',
    text: `
      select v.project_id as "projectId", v.item_id as "itemId", v.voter, v.tier, v.cast_at as "castAt", h.held_for as "heldFor",
        host(d.ip_address) as "ipAddress", d.fingerprint, d.held_until as "heldUntil",
        array(select c.kind || '/' || coalesce(c.evidence->>'test', '') from cohorts c where c.project_id = v.project_id and c.cohort_id = any(h.cohorts)) as cohorts,
        (
          select case when min(o.cast_at) < v.cast_at then 'before' when min(o.cast_at) is not null then 'after' end
          from items i join votes o on o.project_id = i.project_id and o.item_id = i.item_id and o.voter = v.voter
          where i.project_id = v.project_id and i.item_id <> v.item_id and o.value = '1' and o.superseded_by is null and o.state = 'c'
        ) as elsewhere,
        exists (
          select from returns r where r.project_id = v.project_id and r.device = d.device and r.returned_at > v.cast_at + $6 * interval '1 millisecond'
        ) as returned
      from votes v
      join lateral (
        select x.ip_address, x.fingerprint, x.held_until, x.device from decisions x
        where x.project_id = v.project_id and x.voter = v.voter and x.item_id = v.item_id order by x.decided_at desc limit 1
      ) d on true ${HOLDERS}
      where v.state = 'h' and v.value = '1' and v.superseded_by is null and v.cast_at < to_timestamp($1 / 1000.0)
        and ($3::float8 is null or (v.cast_at, v.item_id, v.voter) > (to_timestamp($3 / 1000.0), $4::int, $5::uuid))
        and h.held_for in ('seat', 'cohort', 'age')
      order by v.cast_at, v.item_id, v.voter limit $2`,
    values: [before, limit, after?.castAt ?? null, after?.itemId ?? null, after?.voter ?? null, returnMs],
  })
  return rows
}

export interface StandingSurge {
  projectId: number
  cohortId: number
  itemId: number
  firstSignAt: number
  openedAt: number
  /** Share of the largest group within that shares a network, a machine or a fingerprint. */
  largestShare: number
}

/** Surges not lifted, with how varied their voters are. */
export async function readSurges(db: Queryable, since: number): Promise<StandingSurge[]> {
  const { rows } = await db.query<StandingSurge>(
    `
    select c.project_id as "projectId", c.cohort_id as "cohortId", c.item_id as "itemId", c.first_sign_at as "firstSignAt",
      c.opened_at as "openedAt", greatest(s.network, s.core, s.fingerprint)::float8 as "largestShare"
    from cohorts c
    cross join lateral (
      with bearers as (
        select distinct on (d.voter) d.voter, d.network, d.core, d.fingerprint from decisions d
        where d.project_id = c.project_id and d.item_id = c.item_id and d.decided_at between c.first_sign_at and c.expires_at
          and d.tier = 'd' and d.value = '1' and d.newcomer
      ), total as (select greatest(count(*), 1) as n from bearers)
      select
        coalesce((select max(n) from (select count(*) as n from bearers group by network) g), 0)::float8 / (select n from total) as network,
        coalesce((select max(n) from (select count(*) as n from bearers where core is not null group by core) g), 0)::float8 / (select n from total) as core,
        coalesce((select max(n) from (select count(*) as n from bearers where fingerprint is not null group by fingerprint) g), 0)::float8
          / (select n from total) as fingerprint
    ) s
    where c.kind = 'surge' and c.lifted_at is null and c.opened_at > to_timestamp($1 / 1000.0)
    order by c.project_id, c.cohort_id`,
    [since],
  )
  return rows
}

/** Lifted by somebody a moment ago: another node may have held an arrival for it until it had heard of that. */
export async function readJustLifted(db: Queryable, since: number): Promise<{ projectId: number; cohortId: number; liftedBy: string; liftReason: string | null }[]> {
  const { rows } = await db.query<{ projectId: number; cohortId: number; liftedBy: string; liftReason: string | null }>(
    `select project_id as "projectId", cohort_id as "cohortId", lifted_by as "liftedBy", lift_reason as "liftReason" from cohorts
     where lifted_at > to_timestamp($1 / 1000.0) and lifted_by <> 'expiry' order by project_id, cohort_id`,
    [since],
  )
  return rows
}

/** Inside a transaction; false: another node is at it. */
export async function claimRelease(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ claimed: boolean }>('select pg_try_advisory_xact_lock($1) as claimed', [ADVISORY_LOCKS.release])
  return rows[0]?.claimed === true
}
