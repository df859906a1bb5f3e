/** Who `account:2` and `operator:3` are. */
import type { Queryable } from '../queryable.ts'

export interface ActorRow {
  actor: string
  name: string
}

/** Those of every project, and of that one; null: all. What has ended is among them: logs go further back. */
export async function listActors(db: Queryable, projectId: number | null): Promise<ActorRow[]> {
  const { rows } = await db.query<ActorRow>(
    `select 'account:' || operator_id as actor, name from operators
     where project_id = 0 and ($1::int is null or only_project_id in (0, $1))
     union all
     select 'operator:' || t.token_id, case when o.name is null then t.name else o.name || ' (' || t.name || ')' end
     from operator_tokens t left join operators o on o.project_id = 0 and o.operator_id = t.operator_id
     where $1::int is null or case when t.project_id = 0 then coalesce(o.only_project_id, 0) else t.project_id end in (0, $1)`,
    [projectId],
  )
  return rows
}
