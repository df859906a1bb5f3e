/** What the database knows of each vote’s states, for the promise that undoing everything restores the raw tally. */
import type { Vote } from '../../../server/contract/moderation.ts'
import type { Queryable } from '../../../db/queryable.ts'

export interface VoteHistory {
  id: string
  /** The states it was given by each ballot that changed it, oldest first. */
  given: Vote['state'][]
  heldForCohort: boolean
  /** Below every standing action. */
  base: Vote['state']
  state: Vote['state']
}

const NAMES: Record<string, Vote['state']> = { c: 'counted', h: 'held', i: 'invalidated' }
const nameOf = (code: string): Vote['state'] => NAMES[code] ?? 'invalidated'

export async function readHistories(db: Queryable): Promise<{ votes: VoteHistory[]; released: number }> {
  const { rows } = await db.query<{ id: string; given: string[]; heldForCohort: boolean; base: string; state: string }>(`
    select v.item_id || ':' || v.voter as id, v.state, coalesce(d.given, '{}') as given, coalesce(d.for_cohort, false) as "heldForCohort",
      coalesce(l.prior_state::text, v.state::text) as base
    from votes v
    left join lateral (
      select array_agg(x.state::text order by x.decided_at, x.decision_id) as given, bool_or(x.cohort_id is not null and x.state = 'h') as for_cohort
      from decisions x where x.project_id = v.project_id and x.item_id = v.item_id and x.voter = v.voter
    ) d on true
    left join lateral (
      select i.prior_state from invalidated_votes i
      where i.project_id = v.project_id and i.item_id = v.item_id and i.voter = v.voter and not i.ended
      order by i.invalidation_id limit 1
    ) l on true
    order by 1`)
  const { rows: released } = await db.query<{ votes: number }>("select coalesce(sum(matched), 0)::int as votes from invalidations where effect = 'c'")
  return {
    votes: rows.map(({ id, given, heldForCohort, base, state }) => ({ id, given: given.map(nameOf), heldForCohort, base: nameOf(base), state: nameOf(state) })),
    released: released[0]?.votes ?? 0,
  }
}
