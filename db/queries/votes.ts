/** Votes as moderators look for them. Filters are static SQL: an absent field is a null parameter, never missing text. */
import type { HeldFor, Tier, VoteState } from '../../server/contract/primitives.ts'
import type { Queryable } from '../queryable.ts'

export interface VoteFilterRow {
  item?: number
  state?: VoteState
  tier?: Tier
  ip?: string
  network?: string
  fingerprint?: string
  since?: number
  until?: number
  heldFor?: HeldFor
  core?: string
  /** Held votes of this cohort, whatever else holds them. */
  cohort?: number
}

/**
 * `$1` project, `$2`…`$12` the filter, `$13` + `$14` item ids and voters that name votes one by one; a statement’s own
 * parameters begin at `$15`. Needs LAST_DECISION and HOLDERS. The address, the fingerprint and the core are those the vote was
 * last cast with; the `in` lists let Postgres begin at their indexes.
 */
export const VOTE_FILTER = `
  v.project_id = $1
  and ($2::int is null or v.item_id = $2)
  and ($3::text is null or v.state = $3::"char")
  and ($4::text is null or v.tier = $4::"char")
  and ($5::inet is null or (d.ip_address = $5 and (v.item_id, v.voter) in
    (select x.item_id, x.voter from decisions x where x.project_id = $1 and x.ip_address = $5)))
  and ($6::cidr is null or (d.ip_address <<= $6 and (v.item_id, v.voter) in
    (select x.item_id, x.voter from decisions x where x.project_id = $1 and x.ip_address <<= $6)))
  and ($7::text is null or (d.fingerprint = $7 and (v.item_id, v.voter) in
    (select x.item_id, x.voter from decisions x where x.project_id = $1 and x.fingerprint = $7)))
  and ($8::float8 is null or v.cast_at >= to_timestamp($8 / 1000.0))
  and ($9::float8 is null or v.cast_at < to_timestamp($9 / 1000.0))
  and ($10::text is null or (v.state = 'h' and h.held_for = $10))
  and ($11::text is null or (d.core = $11 and (v.item_id, v.voter) in
    (select x.item_id, x.voter from decisions x where x.project_id = $1 and x.core = $11)))
  and ($12::int is null or (v.state = 'h' and $12 = any(h.cohorts) and (v.item_id, v.voter) in
    (select i.item_id, i.voter from invalidations a join invalidated_votes i using (project_id, invalidation_id)
     where a.project_id = $1 and a.cohort_id = $12 and not i.ended
     union select x.item_id, x.voter from decisions x where x.project_id = $1 and x.cohort_id = $12)))
  and ($13::int[] is null or (v.item_id, v.voter) in (select * from unnest($13::int[], $14::uuid[])))`

/** Joined as `d`: the decision under which the vote was last changed, as long as retention keeps it. */
export const LAST_DECISION = `
  left join lateral (
    select x.ip_address, x.fingerprint, x.device, x.end_user, x.user_agent, x.score, x.policy, x.breakdown, x.core, x.asn, x.country
    from decisions x
    where x.project_id = v.project_id and x.voter = v.voter and x.item_id = v.item_id
    order by x.decided_at desc limit 1
  ) d on true`

/**
 * Joined as `h`: what holds a held vote. `held_for` and `cohort_id` are those of the uppermost holder, `cohorts` every cohort
 * among them. Holders are the standing actions on the vote and, below them, what the vote was held for when it was cast; that
 * one is gone where the lowest action found the vote counted. A device that changes its mind while held keeps its reason.
 */
export const HOLDERS = `
  left join lateral (
    select (array_agg(r.held_for order by r.rank desc))[1] as held_for, (array_agg(r.cohort_id order by r.rank desc))[1] as cohort_id,
      array_agg(r.cohort_id) filter (where r.cohort_id is not null) as cohorts
    from (
      select i.invalidation_id as rank, case when a.cohort_id is null then 'moderator' else 'cohort' end as held_for, a.cohort_id
      from invalidated_votes i join invalidations a using (project_id, invalidation_id)
      where i.project_id = v.project_id and i.item_id = v.item_id and i.voter = v.voter and not i.ended
      union all
      (select 0, x.held_for, x.cohort_id
       from decisions x
       where x.project_id = v.project_id and x.voter = v.voter and x.item_id = v.item_id and x.held_for is not null
         and not exists (
           select from invalidated_votes i
           where i.project_id = v.project_id and i.item_id = v.item_id and i.voter = v.voter and not i.ended and i.prior_state = 'c'
         )
       order by x.decided_at desc limit 1)
    ) r
  ) h on v.state = 'h'`

const STATE_CODES: Record<VoteState, string> = { counted: 'c', held: 'h', invalidated: 'i' }
const TIER_CODES: Record<Tier, string> = { verified: 'v', device: 'd' }

export function filterValues(
  projectId: number, filter: VoteFilterRow, named: { itemIds: number[]; voters: string[] } | null,
): unknown[] {
  return [
    projectId, filter.item ?? null, filter.state === undefined ? null : STATE_CODES[filter.state],
    filter.tier === undefined ? null : TIER_CODES[filter.tier], filter.ip ?? null, filter.network ?? null,
    filter.fingerprint ?? null, filter.since ?? null, filter.until ?? null, filter.heldFor ?? null, filter.core ?? null,
    filter.cohort ?? null, named?.itemIds ?? null, named?.voters ?? null,
  ]
}

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
  /** null where the vote is not held, or what it was held for is past retention. */
  heldFor: HeldFor | null
  cohortId: number | null
  core: string | null
  asn: number | null
  country: string | null
}

/** Newest first. `after` is the last row of the page before. */
export async function listVotes(
  db: Queryable, projectId: number, filter: VoteFilterRow, page: { after: Pick<ListedVote, 'castAt' | 'itemId' | 'voter'> | null; limit: number },
): Promise<ListedVote[]> {
  const { rows } = await db.query<ListedVote>(
    `
    select v.item_id as "itemId", v.voter,
      case v.tier when 'v' then 'verified' else 'device' end as tier,
      case v.state when 'c' then 'counted' when 'h' then 'held' else 'invalidated' end as state,
      v.value::text::int as value, v.cast_at as "castAt", v.superseded_by as "supersededBy",
      host(d.ip_address) as "ipAddress", d.fingerprint, d.device, d.end_user as "endUser", d.user_agent as "userAgent",
      d.score, d.policy, d.breakdown, h.held_for as "heldFor", h.cohort_id as "cohortId", d.core, d.asn, d.country
    from votes v ${LAST_DECISION} ${HOLDERS}
    where ${VOTE_FILTER}
      and ($15::float8 is null or (v.cast_at, v.item_id, v.voter) < (to_timestamp($15 / 1000.0), $16::int, $17::uuid))
    order by v.cast_at desc, v.item_id desc, v.voter desc
    limit $18`,
    [...filterValues(projectId, filter, null), page.after?.castAt ?? null, page.after?.itemId ?? null, page.after?.voter ?? null, page.limit],
  )
  return rows
}

export interface VotedItems {
  itemIds: number[]
  held: boolean
  counted: boolean
}

/** Items on which this voter’s vote stands for the voter, whatever moderation has made of it; and whether one of them is held, or counted. */
export async function votedItems(db: Queryable, projectId: number, voters: readonly string[]): Promise<VotedItems> {
  const { rows } = await db.query<{ itemId: number; held: boolean; counted: boolean }>({
    name: 'votes-of-voter',
    text: `
      select v.item_id as "itemId", bool_or(v.state = 'h') as held, bool_or(v.state = 'c') as counted
      from items i join votes v on v.project_id = i.project_id and v.item_id = i.item_id and v.voter = any($2::uuid[])
      where i.project_id = $1 and v.value = '1' and v.superseded_by is null
      group by v.item_id order by 1`,
    values: [projectId, voters],
  })
  return { itemIds: rows.map((row) => row.itemId), held: rows.some((row) => row.held), counted: rows.some((row) => row.counted) }
}

/** The device came back with what it was given. The last time is kept. */
export async function noteReturn(db: Queryable, projectId: number, device: string, at: number): Promise<void> {
  await db.query({
    name: 'returns-note',
    text: `insert into returns (project_id, device, returned_at) values ($1, $2, to_timestamp($3 / 1000.0))
      on conflict (project_id, device) do update set returned_at = greatest(returns.returned_at, excluded.returned_at)`,
    values: [projectId, device, at],
  })
}

/** Whether any vote of this project is keyed by the voter. */
export async function hasVoted(db: Queryable, projectId: number, voter: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from items i join votes v on v.project_id = i.project_id and v.item_id = i.item_id and v.voter = $2
     where i.project_id = $1 limit 1`,
    [projectId, voter],
  )
  return rowCount === 1
}
