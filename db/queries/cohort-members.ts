/** A cohort’s votes and what they share, in a shape one can draw. */
import type { HeldFor, Tier, VoteState } from '../../server/contract/primitives.ts'
import { SHARED_FIELDS } from '../../server/contract/vote-views.ts'
import type { Queryable } from '../queryable.ts'
import { HOLDERS } from './vote-filter.ts'

type SharedField = (typeof SHARED_FIELDS)[number]

/** Every vote that the cohort ever held, on arrival or by its actions, as it was last cast. `$1` project, `$2` cohort. */
const MEMBERS = `
  members as materialized (
    select v.item_id, v.voter, v.tier, v.state, v.cast_at, v.project_id, v.value, v.superseded_by,
      d.network::text as network, d.core, d.fingerprint, d.device::text as device, d.user_agent as "userAgent", d.asn::text as asn,
      (extract(epoch from date_trunc('minute', v.cast_at)) * 1000)::bigint::text as minute,
      case when d.signals ?& array['pressMs', 'offCentre', 'hoverMs']
        then concat_ws(' ', d.signals->>'pressMs', d.signals->>'offCentre', d.signals->>'straightness', d.signals->>'hoverMs') end as gesture
    from votes v
    left join lateral (
      select x.network, x.core, x.fingerprint, x.device, x.user_agent, x.asn, x.signals from decisions x
      where x.project_id = v.project_id and x.voter = v.voter and x.item_id = v.item_id and x.decided_at = v.cast_at
      order by x.decision_id desc limit 1
    ) d on true
    where v.project_id = $1 and (v.item_id, v.voter) in (
      select i.item_id, i.voter from invalidations a join invalidated_votes i using (project_id, invalidation_id)
      where a.project_id = $1 and a.cohort_id = $2
      union select x.item_id, x.voter from decisions x where x.project_id = $1 and x.cohort_id = $2
    )
  )`

export interface CohortMember extends Record<SharedField, string | null> {
  itemId: number
  voter: string
  tier: Tier
  state: VoteState
  castAt: number
  heldFor: HeldFor | null
}

export interface SharedValue {
  field: SharedField
  value: string
  votes: number
}

/** Newest first. */
export async function listCohortMembers(db: Queryable, projectId: number, cohortId: number, limit: number): Promise<CohortMember[]> {
  const { rows } = await db.query<CohortMember>(
    `with ${MEMBERS}, v as materialized (select * from members order by cast_at desc, item_id desc, voter desc limit $3)
     select v.item_id as "itemId", v.voter, case v.tier when 'v' then 'verified' else 'device' end as tier,
       case v.state when 'c' then 'counted' when 'h' then 'held' else 'invalidated' end as state, v.cast_at as "castAt",
       h.held_for as "heldFor", ${SHARED_FIELDS.map((field) => `v."${field}"`).join(', ')}
     from v ${HOLDERS}
     order by v.cast_at desc, v.item_id desc, v.voter desc`,
    [projectId, cohortId, limit],
  )
  return rows
}

/** How many votes there are by state, and the values that more than one of them has: the commonest of each field, up to so many. */
export async function readShared(
  db: Queryable, projectId: number, cohortId: number, perField: number,
): Promise<{ counts: Record<VoteState, number>; shared: SharedValue[] }> {
  const { rows } = await db.query<{ field: SharedField | null; value: string; votes: number }>(
    `with ${MEMBERS}, shared as (
       select s.field, s.value, count(*)::int as votes, row_number() over (partition by s.field order by count(*) desc, s.value) as place
       from members m cross join lateral (values ${SHARED_FIELDS.map((field) => `('${field}', m."${field}")`).join(', ')}) s (field, value)
       where s.value is not null
       group by s.field, s.value having count(*) > 1
     )
     select field, value, votes from shared where place <= $3
     union all select null, state::text, count(*)::int from members group by state
     order by votes desc, field, value`,
    [projectId, cohortId, perField],
  )
  const countOf = (state: string): number => rows.find(({ field, value }) => field === null && value === state)?.votes ?? 0
  return {
    counts: { counted: countOf('c'), held: countOf('h'), invalidated: countOf('i') },
    shared: rows.flatMap(({ field, value, votes }) => (field === null ? [] : [{ field, value, votes }])),
  }
}
