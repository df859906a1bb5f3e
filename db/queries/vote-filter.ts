/**
 * What selects votes, as SQL. The text is put together from the constants below by which fields are there, so that PostgreSQL
 * plans for what is asked and joins nothing that is not; values travel only as parameters.
 */
import type { HeldFor, Tier, VoteState } from '../../server/contract/primitives.ts'

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
  voter?: string
  device?: string
  country?: string
  asn?: number
}

/** Votes named one by one. */
export interface NamedVotes {
  itemIds: number[]
  voters: string[]
}

/** Values of a statement, in the order their places were asked for. */
export class Parameters {
  readonly values: unknown[] = []

  /** `$n`, the place of this value. */
  add(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }

  /** The same for a time in milliseconds. */
  instant(ms: number): string {
    return `to_timestamp(${this.add(ms)}::float8 / 1000.0)`
  }
}

/**
 * Joined as `d`: the decision the vote was last cast under, as long as retention keeps it. Its time is the vote’s own, which
 * leaves one day’s partition to look in: over all of them it takes ten times as long (measured with 38 days).
 */
export const LAST_DECISION = `
  left join lateral (
    select x.ip_address, x.fingerprint, x.device, x.end_user, x.user_agent, x.score, x.policy, x.breakdown, x.core, x.asn, x.country,
      x.signals, x.origin, x.decision_id
    from decisions x
    where x.project_id = v.project_id and x.voter = v.voter and x.item_id = v.item_id and x.decided_at = v.cast_at
    order by x.decision_id desc limit 1
  ) d on true`

/**
 * Joined as `h`: what holds a held vote. `held_for` and `cohort_id` are those of the uppermost holder, `cohorts` every cohort
 * among them. Holders are the standing actions on the vote and, below them, what the vote was held for when it was cast; that
 * one is gone where an action found the vote counted, and everything below a release is. A device that changes its mind while
 * held keeps its reason. What a vote was held for is looked for in the day of its last change first.
 */
export const HOLDERS = `
  left join lateral (
    select (array_agg(r.held_for order by r.rank desc))[1] as held_for, (array_agg(r.cohort_id order by r.rank desc))[1] as cohort_id,
      array_agg(r.cohort_id) filter (where r.cohort_id is not null) as cohorts
    from (
      select i.invalidation_id as rank, case when a.cohort_id is null then 'moderator' else 'cohort' end as held_for, a.cohort_id
      from invalidated_votes i join invalidations a using (project_id, invalidation_id)
      where i.project_id = v.project_id and i.item_id = v.item_id and i.voter = v.voter and not i.ended and a.effect <> 'c'
        and not exists (
          select from invalidated_votes r join invalidations b using (project_id, invalidation_id)
          where r.project_id = v.project_id and r.item_id = v.item_id and r.voter = v.voter and not r.ended and b.effect = 'c'
            and r.invalidation_id > i.invalidation_id
        )
      union all
      (select 0, coalesce(x.held_for, e.held_for), case when x.held_for is null then e.cohort_id else x.cohort_id end
       from (
         select where not exists (
           select from invalidated_votes i
           where i.project_id = v.project_id and i.item_id = v.item_id and i.voter = v.voter and not i.ended and i.prior_state = 'c'
         ) and not exists (
           select from invalidated_votes r join invalidations b using (project_id, invalidation_id)
           where r.project_id = v.project_id and r.item_id = v.item_id and r.voter = v.voter and not r.ended and b.effect = 'c'
         )
       ) open
       left join lateral (
         select x.held_for, x.cohort_id from decisions x
         where x.project_id = v.project_id and x.voter = v.voter and x.item_id = v.item_id and x.decided_at = v.cast_at and x.held_for is not null
         order by x.decision_id desc limit 1
       ) x on true
       left join lateral (
         select e.held_for, e.cohort_id from decisions e
         where x.held_for is null
           and e.project_id = v.project_id and e.voter = v.voter and e.item_id = v.item_id and e.decided_at <> v.cast_at and e.held_for is not null
         order by e.decided_at desc limit 1
       ) e on true
       where coalesce(x.held_for, e.held_for) is not null)
    ) r
  ) h on v.state = 'h'`

const STATE_CODES: Record<VoteState, string> = { counted: 'c', held: 'h', invalidated: 'i' }
const TIER_CODES: Record<Tier, string> = { verified: 'v', device: 'd' }

/** Fields that are about how a vote was last cast, with what a decision must be then. */
const CAST: Partial<Record<keyof VoteFilterRow, (place: string) => string>> = {
  ip: (place) => `x.ip_address = ${place}::inet`,
  network: (place) => `x.ip_address <<= ${place}::inet`,
  fingerprint: (place) => `x.fingerprint = ${place}::text`,
  core: (place) => `x.core = ${place}::text`,
  // The one way by the index on voters, the other by that on devices of users.
  device: (place) => `(x.device = ${place}::uuid and (x.voter = ${place}::uuid or x.device <> x.voter))`,
  country: (place) => `x.country = ${place}::text`,
  asn: (place) => `x.asn = ${place}::int`,
}
const CAST_FIELDS = Object.keys(CAST) as (keyof VoteFilterRow)[]

/** Whether the filter asks how votes were cast, which their decisions know. */
export const asksHowCast = (filter: VoteFilterRow): boolean => CAST_FIELDS.some((field) => filter[field] !== undefined)

/** Conditions on `decisions x`, for the fields that are about how a vote was cast; none where there are no such fields. */
export function castConditions(filter: VoteFilterRow, parameters: Parameters): string[] {
  return CAST_FIELDS.flatMap((field) => {
    const value = filter[field]
    return value === undefined ? [] : [(CAST[field] as (place: string) => string)(parameters.add(value))]
  })
}

/** Conditions on the columns of `votes v` alone, the project first. */
export function voteConditions(projectId: number, filter: VoteFilterRow, parameters: Parameters): string[] {
  const { item, state, tier, voter, since, until } = filter
  const project = parameters.add(projectId)
  return [
    `v.project_id = ${project}::int`,
    ...(item === undefined ? [] : [`v.item_id = ${parameters.add(item)}::int`]),
    // A constant, not a parameter: it has to fit the condition of votes_apart whatever plan is made.
    ...(state === undefined ? [] : [`v.state = '${STATE_CODES[state]}'`]),
    ...(tier === undefined ? [] : [`v.tier = ${parameters.add(TIER_CODES[tier])}::"char"`]),
    ...(voter === undefined
      ? [] : [`v.voter = ${parameters.add(voter)}::uuid and v.item_id in (select i.item_id from items i where i.project_id = ${project}::int)`]),
    ...(since === undefined ? [] : [`v.cast_at >= ${parameters.instant(since)}`]),
    ...(until === undefined ? [] : [`v.cast_at < ${parameters.instant(until)}`]),
  ]
}

/**
 * Conditions on what holds a vote; they need HOLDERS. What `in` says follows from the rest: it is where PostgreSQL can begin, unless the
 * votes are looked at row by row anyway.
 */
export function holdConditions(
  projectId: number, { heldFor, cohort }: VoteFilterRow, parameters: Parameters, { rowByRow = false } = {},
): string[] {
  return [
    ...(heldFor === undefined ? [] : [`v.state = 'h' and h.held_for = ${parameters.add(heldFor)}::text`]),
    ...(heldFor === undefined || rowByRow ? [] : [`(v.item_id, v.voter) in (${heldCandidates(projectId, heldFor, parameters)})`]),
    ...(cohort === undefined ? [] : [cohortCondition(parameters.add(projectId), parameters.add(cohort))]),
  ]
}

/** Votes that may be held for this now: those that were when they were cast, and those an action holds. */
export function heldCandidates(projectId: number, heldFor: HeldFor, parameters: Parameters): string {
  const project = parameters.add(projectId)
  const byAction = `select i.item_id, i.voter from invalidations a join invalidated_votes i using (project_id, invalidation_id)
    where a.project_id = ${project}::int and a.effect = 'h' and not i.ended and a.cohort_id is ${heldFor === 'cohort' ? 'not null' : 'null'}`
  if (heldFor === 'moderator') return byAction
  const onArrival = `select x.item_id, x.voter from decisions x where x.project_id = ${project}::int and x.held_for = ${parameters.add(heldFor)}::text`
  return heldFor === 'cohort' ? `${byAction} union all ${onArrival}` : onArrival
}

const cohortCondition = (project: string, cohort: string): string => `v.state = 'h' and ${cohort}::int = any(h.cohorts) and (v.item_id, v.voter) in (
    select i.item_id, i.voter from invalidations a join invalidated_votes i using (project_id, invalidation_id)
    where a.project_id = ${project}::int and a.cohort_id = ${cohort}::int and not i.ended
    union select x.item_id, x.voter from decisions x where x.project_id = ${project}::int and x.cohort_id = ${cohort}::int)`

/**
 * Everything the filter says, and votes named one by one, as the rest of a statement over `votes v`. With `last` the decision is joined
 * whatever the filter asks, for conditions of the caller’s own.
 */
export function selectionSql(
  projectId: number, filter: VoteFilterRow, named: NamedVotes | null, parameters: Parameters, { last = false, holders = false } = {},
): { joins: string; where: string } {
  const cast = castConditions(filter, parameters)
  const held = holdConditions(projectId, filter, parameters)
  const conditions = [
    ...voteConditions(projectId, filter, parameters), ...held,
    ...(cast.length === 0 ? [] : [`(v.item_id, v.voter, v.cast_at) in (${castVotes(projectId, cast, parameters)})`]),
    ...(named === null
      ? [] : [`(v.item_id, v.voter) in (select * from unnest(${parameters.add(named.itemIds)}::int[], ${parameters.add(named.voters)}::uuid[]))`]),
  ]
  return { joins: `${last ? LAST_DECISION : ''}${holders || held.length > 0 ? HOLDERS : ''}`, where: conditions.join('\n  and ') }
}

/**
 * The votes that were cast so, with when: of a vote that was cast again since, an earlier time. One that was cast twice within a
 * millisecond is found by either way it was cast; both are how it stands.
 */
export function castVotes(projectId: number, conditions: readonly string[], parameters: Parameters): string {
  return `select x.item_id, x.voter, x.decided_at from decisions x where x.project_id = ${parameters.add(projectId)}::int and ${conditions.join(' and ')}`
}
