/** What the gate, its cohorts and the rules did since a time, and what they only wrote down. */
import type { Queryable } from '../queryable.ts'

export interface JudgedRow {
  action: string
  wouldHave: string | null
  /** What a gate that acts would have done: a band that only logs in the policy itself does nothing then either. */
  enforced: string
  votes: number
  items: number
}

export interface EnforcedBands {
  /** Where the bands for votes begin, ascending. */
  from: readonly number[]
  /** What is done below the first, from the first on, from the second on …: one more than `from`. */
  action: readonly string[]
  cohortsHold: boolean
}

/** @param projectId null: every project; @param bands those of the policy as it is when the gate acts */
export async function countJudgements(db: Queryable, projectId: number | null, since: number, bands: EnforcedBands): Promise<JudgedRow[]> {
  const { rows } = await db.query<JudgedRow>({
    name: 'rehearsal-judgements',
    text: `
      with judged as (
        select project_id, item_id, action, would_have, ($4::text[])[1 + width_bucket(score::numeric(6, 4), $3::numeric[])] as band
        from decisions where ($1::int is null or project_id = $1) and decided_at >= to_timestamp($2::float8 / 1000.0)
      ), enforced as (
        select *, case
          when would_have is null then action
          -- Of those in the band that asks for work, who has done it goes on as they are.
          when would_have = 'hold' and $5 and band not in ('hold', 'block') then 'hold'
          when band = 'challenge' and would_have <> 'challenge' then action
          else band end as enforced
        from judged
      )
      select action, would_have as "wouldHave", enforced, count(*)::int as votes, count(distinct (project_id, item_id))::int as items
      from enforced group by action, would_have, enforced order by votes desc, action, would_have, enforced`,
    values: [projectId, since, bands.from, bands.action, bands.cohortsHold],
  })
  return rows
}

export interface CohortCount {
  held: number
  wouldHold: number
}

/** Findings, as the watch tells them in the ledger. */
export async function countCohortFindings(db: Queryable, projectId: number | null, since: number): Promise<CohortCount> {
  const { rows } = await db.query<CohortCount>({
    name: 'rehearsal-cohorts',
    text: `
      select (count(*) filter (where detail ->> 'cohort' is not null))::int as held,
        (count(*) filter (where detail ->> 'cohort' is null))::int as "wouldHold"
      from security_events
      where ($1::int is null or project_id = $1) and occurred_at >= to_timestamp($2::float8 / 1000.0)
        and event_type = 'suspicious_activity' and endpoint = 'watch' and detail ->> 'kind' = 'cohort'`,
    values: [projectId, since],
  })
  return rows[0] ?? { held: 0, wouldHold: 0 }
}

export interface ResponseCount {
  rule: string
  action: string
  mode: 'log' | 'enforce'
  times: number
  /** Held or invalidated, or would have been. */
  votes: number
}

export async function countResponses(db: Queryable, projectId: number | null, since: number): Promise<ResponseCount[]> {
  const { rows } = await db.query<ResponseCount>({
    name: 'rehearsal-responses',
    text: `
      select rule, action, mode, count(*)::int as times, coalesce(sum((detail ->> 'votes')::int), 0)::int as votes
      from responses where ($1::int is null or project_id = $1) and applied_at >= to_timestamp($2::float8 / 1000.0)
      group by rule, action, mode order by times desc, rule, action, mode limit 100`,
    values: [projectId, since],
  })
  return rows
}
