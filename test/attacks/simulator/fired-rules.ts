/** Which rules of the watch saw the attack, and what they did about it. */
import type { Queryable } from '../../../db/queryable.ts'

export interface FiredRule {
  rule: string
  alerts: number
  /** Kinds of actions that were in force. */
  responses: string[]
}

/** Most frequent first. */
export async function readAlerts(db: Queryable): Promise<FiredRule[]> {
  const { rows } = await db.query<FiredRule>(`
    select a.rule, count(distinct a.alert_id)::int as alerts,
      coalesce(array_agg(distinct r.action) filter (where r.mode = 'enforce'), '{}') as responses
    from alerts a left join responses r using (project_id, alert_id)
    where a.fires_at is not null and not a.suppressed
    group by a.rule order by 2 desc, 1`)
  return rows
}
