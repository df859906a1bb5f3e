/** The policy on trial: since when, and where it would have done something else. */
import type { Queryable } from '../queryable.ts'

/** Says which policy is on trial from now on; null: none. A trial that goes on keeps its beginning, over restarts too. */
export async function noteTrial(db: Queryable, policy: string | null, now: number): Promise<void> {
  await db.query(
    `update policy_trials set ended_at = to_timestamp($2 / 1000.0)
     where project_id = 0 and ended_at is null and policy is distinct from $1::text`,
    [policy, now],
  )
  if (policy === null) return
  await db.query(
    `insert into policy_trials as t (policy, began_at) values ($1, to_timestamp($2 / 1000.0))
     on conflict (project_id, policy) do update set ended_at = null, began_at = excluded.began_at where t.ended_at is not null`,
    [policy, now],
  )
}

export interface Trial {
  policy: string
  beganAt: number
  endedAt: number | null
}

/** The one that goes on, or the one that ended last. */
export async function findTrial(db: Queryable): Promise<Trial | undefined> {
  const { rows } = await db.query<Trial>({
    name: 'trial-last',
    text: `
      select policy, began_at as "beganAt", ended_at as "endedAt" from policy_trials
      where project_id = 0 order by ended_at desc nulls first, began_at desc limit 1`,
  })
  return rows[0]
}

export interface TrialSpan {
  policy: string
  /** null: every project. */
  projectId: number | null
  since: number
  /** Not included; null: until now. */
  until: number | null
}
export interface DisagreementRow {
  liveAction: string
  liveWouldHave: string | null
  shadowAction: string
  shadowWouldHave: string | null
  votes: number
  /** `item:voter`, as the wire names votes. */
  examples: string[]
}

const IN_SPAN = `
  ($1::int is null or project_id = $1)
  and decided_at >= to_timestamp($2::float8 / 1000.0)
  and ($3::float8 is null or decided_at < to_timestamp($3 / 1000.0))`

/** Decisions of that time, whether they agree or not. */
export async function countDecisions(db: Queryable, { projectId, since, until }: TrialSpan): Promise<number> {
  const { rows } = await db.query<{ count: number }>(`select count(*)::int as count from decisions where ${IN_SPAN}`, [projectId, since, until])
  return rows[0]?.count ?? 0
}

const EXAMPLES = 5

/** What is judged alike by both is one row; the most frequent first. */
export async function summariseDisagreements(db: Queryable, { policy, projectId, since, until }: TrialSpan): Promise<DisagreementRow[]> {
  const { rows } = await db.query<DisagreementRow>(
    `
    with disagreed as (
      select *, row_number() over (partition by live, live_would_have, trial, trial_would_have order by decided_at desc, decision_id desc) as nth
      from (
        select decided_at, decision_id, item_id, voter, action as live, would_have as live_would_have,
          shadow ->> 'action' as trial, shadow ->> 'wouldHave' as trial_would_have
        from decisions
        where ${IN_SPAN} and shadow is not null and shadow ->> 'policy' = $4
      ) d
    )
    select live as "liveAction", live_would_have as "liveWouldHave", trial as "shadowAction", trial_would_have as "shadowWouldHave",
      count(*)::int as votes,
      array_agg(distinct item_id || ':' || voter) filter (where nth <= $5) as examples
    from disagreed
    group by live, live_would_have, trial, trial_would_have
    order by votes desc, live, trial, live_would_have, trial_would_have`,
    [projectId, since, until, policy, EXAMPLES],
  )
  return rows
}
