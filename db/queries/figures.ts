/** How well the watch does: how soon it finds, how soon somebody answers, how often it is wrong. */
import type { Severity } from '../../server/contract/primitives.ts'
import type { AlertState } from '../../server/watch/alerts/alert.ts'
import type { Queryable } from '../queryable.ts'

/** Milliseconds; null: there were none. */
export interface Times {
  fired: number
  meanToDetect: number | null
  p95ToDetect: number | null
  meanToRespond: number | null
  p95ToRespond: number | null
  /** Neither acknowledged nor disposed of, and nothing was done about them. */
  unanswered: number
}

const SCOPE = `($1::int is null or a.project_id = $1)`

/** Of alerts that fired since then. @param projectId null: of every project, and of the installation */
export async function measureTimes(db: Queryable, projectId: number | null, since: number): Promise<Times> {
  const { rows: [row] } = await db.query<Times>(
    `
    with fired as (
      select a.suppressed,
        -- One that was pending was stored before it fired.
        greatest(0, extract(epoch from a.detected_at - a.fires_at) * 1000)::float8 as detect_ms,
        case when not a.suppressed and coalesce(a.acknowledged_at, a.disposed_at, r.applied_at) is not null
          then greatest(0, extract(epoch from least(a.acknowledged_at, a.disposed_at, r.applied_at) - a.fires_at) * 1000)::float8 end as answer_ms
      from alerts a left join lateral (
        select min(applied_at) as applied_at from responses r where r.project_id = a.project_id and r.alert_id = a.alert_id and r.mode = 'enforce'
      ) r on true
      where ${SCOPE} and a.fires_at >= to_timestamp($2 / 1000.0)
    )
    select count(*)::int as fired, avg(detect_ms) as "meanToDetect", percentile_cont(0.95) within group (order by detect_ms) as "p95ToDetect",
      avg(answer_ms) as "meanToRespond", percentile_cont(0.95) within group (order by answer_ms) as "p95ToRespond",
      (count(*) filter (where answer_ms is null and not suppressed))::int as unanswered
    from fired`,
    [projectId, since],
  )
  if (row === undefined) throw new Error('figures came back without a row')
  return row
}

export interface AlertCount {
  state: AlertState
  severity: Severity
  alerts: number
}

/** Of alerts that began since then, and of all that are open. */
export async function countAlerts(db: Queryable, projectId: number | null, since: number): Promise<AlertCount[]> {
  const { rows } = await db.query<AlertCount>(
    `select state, severity, count(*)::int as alerts from alerts a
     where ${SCOPE} and (a.state <> 'resolved' or a.starts_at >= to_timestamp($2 / 1000.0)) group by state, severity`,
    [projectId, since],
  )
  return rows
}

export interface RuleCount {
  rule: string
  alerts: number
  /** Of which a person has said what they were. */
  disposed: number
  falsePositives: number
}

/** Of alerts that fired since then, by rule. */
export async function countByRule(db: Queryable, projectId: number | null, since: number): Promise<RuleCount[]> {
  const { rows } = await db.query<RuleCount>(
    `select rule, count(*)::int as alerts, count(disposition)::int as disposed,
       (count(*) filter (where disposition = 'false_positive'))::int as "falsePositives"
     from alerts a where ${SCOPE} and a.fires_at >= to_timestamp($2 / 1000.0) group by rule order by rule`,
    [projectId, since],
  )
  return rows
}
