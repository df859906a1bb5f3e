/**
 * What was done about alerts. A row stands until it ends: by itself, or because a person took it back. `detail.onProject` says
 * where its block or its action on votes is: a response of the installation acts within a project, and one of a project on a
 * token of the installation.
 */
import type { ActionType } from '../../server/contract/rule.ts'
import type { Queryable } from '../queryable.ts'

export interface ResponseRow {
  id: number
  /** 0: the installation. */
  projectId: number
  alertId: string
  rule: string
  action: ActionType
  target: string
  mode: 'log' | 'enforce'
  reason: string
  appliedAt: number
  expiresAt: number
  blockId: number | null
  invalidationId: number | null
  endedAt: number | null
  /** `expiry`, or who took it back. */
  endedBy: string | null
  endReason: string | null
  detail: ResponseDetail
}
export interface ResponseDetail {
  onProject: number
  /** Votes that changed state, or in log mode would have. */
  votes?: number
  /** Why it was only written down, where the rule does not say so. */
  because?: string
}

const columns = (of: string): string => `${of}.response_id as id, ${of}.project_id as "projectId", ${of}.alert_id as "alertId", ${of}.rule, ${of}.action,
  ${of}.target, ${of}.mode, ${of}.reason, ${of}.applied_at as "appliedAt", ${of}.expires_at as "expiresAt", ${of}.block_id as "blockId",
  ${of}.invalidation_id as "invalidationId", ${of}.ended_at as "endedAt", ${of}.ended_by as "endedBy", ${of}.end_reason as "endReason", ${of}.detail`
const COLUMNS = columns('r')

export async function insertResponse(
  db: Queryable, row: Omit<ResponseRow, 'id' | 'endedAt' | 'endedBy' | 'endReason'>,
): Promise<ResponseRow> {
  const { rows } = await db.query<ResponseRow>(
    `insert into responses as r
       (project_id, alert_id, rule, action, target, mode, reason, applied_at, expires_at, block_id, invalidation_id, detail)
     values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8 / 1000.0), to_timestamp($9 / 1000.0), $10, $11, $12) returning ${COLUMNS}`,
    [
      row.projectId, row.alertId, row.rule, row.action, row.target, row.mode, row.reason, row.appliedAt, row.expiresAt, row.blockId,
      row.invalidationId, JSON.stringify(row.detail),
    ],
  )
  const [made] = rows
  if (made === undefined) throw new Error('the new response came back without a row')
  return made
}

/** Any of these actions on any of these targets: applied since then, standing, or ended since then. */
export async function loadEarlierResponses(
  db: Queryable, projectId: number, actions: readonly ActionType[], targets: readonly string[], since: number,
): Promise<ResponseRow[]> {
  const { rows } = await db.query<ResponseRow>(
    `select ${COLUMNS} from responses r
     where r.project_id = $1 and r.action = any($2) and r.target = any($3)
       and (r.ended_at is null or greatest(r.applied_at, r.ended_at) >= to_timestamp($4 / 1000.0))`,
    [projectId, actions, targets, since],
  )
  return rows
}

export interface ResponseQuery {
  /** undefined: of every project, and of the installation. */
  projectIds?: readonly number[]
  alertId?: string
  standing?: boolean
  /** Id of the last row of the page before. */
  before: number | null
  limit: number
}

/** Newest first. */
export async function listResponses(db: Queryable, { projectIds, alertId, standing, before, limit }: ResponseQuery): Promise<ResponseRow[]> {
  const { rows } = await db.query<ResponseRow>(
    `select ${COLUMNS} from responses r
     where ($1::int[] is null or r.project_id = any($1)) and ($2::uuid is null or r.alert_id = $2)
       and ($3::boolean is null or (r.ended_at is null) = $3) and ($4::int is null or r.response_id < $4)
     order by r.response_id desc limit $5`,
    [projectIds ?? null, alertId ?? null, standing ?? null, before, limit],
  )
  return rows
}

/** Of these alerts, the oldest first. */
export async function listResponsesOf(db: Queryable, alertIds: readonly string[]): Promise<ResponseRow[]> {
  if (alertIds.length === 0) return []
  const { rows } = await db.query<ResponseRow>({
    name: 'responses-of-alerts',
    text: `select ${COLUMNS} from responses r where r.alert_id = any($1::uuid[]) order by r.response_id`,
    values: [alertIds],
  })
  return rows
}

/** Locked; null: none of these projects has it. `projectIds` undefined: any. */
export async function lockResponse(db: Queryable, projectIds: readonly number[] | undefined, id: number): Promise<ResponseRow | null> {
  const { rows } = await db.query<ResponseRow>(
    `select ${COLUMNS} from responses r where ($1::int[] is null or r.project_id = any($1)) and r.response_id = $2 for update`, [projectIds ?? null, id])
  return rows[0] ?? null
}

export async function endResponse(
  db: Queryable, { projectId, id }: Pick<ResponseRow, 'projectId' | 'id'>, end: { at: number; by: string; reason: string | null },
): Promise<ResponseRow> {
  const { rows } = await db.query<ResponseRow>(
    `update responses r set ended_at = to_timestamp($3 / 1000.0), ended_by = $4, end_reason = $5
     where r.project_id = $1 and r.response_id = $2 returning ${COLUMNS}`,
    [projectId, id, end.at, end.by, end.reason],
  )
  const [ended] = rows
  if (ended === undefined) throw new Error(`there is no response ${id} to end`)
  return ended
}

/**
 * Locked, in one order. An action on votes outlives its time where a person has said that the alert was right: then what was
 * cheated stays out until somebody undoes it.
 */
export async function lockExpiredResponses(db: Queryable, now: number, limit: number): Promise<ResponseRow[]> {
  const { rows } = await db.query<ResponseRow>(
    `select ${COLUMNS} from responses r left join alerts a on a.project_id = r.project_id and a.alert_id = r.alert_id
     where r.ended_at is null and r.expires_at <= to_timestamp($1 / 1000.0)
       and (r.invalidation_id is null or a.disposition is distinct from 'true_positive')
     order by r.project_id, r.response_id limit $2 for update of r skip locked`,
    [now, limit],
  )
  return rows
}

/** Ends the responses whose block a person lifted, or whose action on votes a person undid, by another way than theirs. */
export async function endTakenBackResponses(db: Queryable): Promise<ResponseRow[]> {
  const { rows } = await db.query<ResponseRow>(
    `with gone as (
       select r.project_id, r.response_id, b.lifted_at as at, b.lifted_by as by, null as reason
       from responses r join blocks b on b.project_id = (r.detail ->> 'onProject')::int and b.block_id = r.block_id
       where r.ended_at is null and b.lifted_at < b.expires_at
       union all
       select r.project_id, r.response_id, i.undone_at, i.undone_by, i.undo_reason
       from responses r join invalidations i on i.project_id = (r.detail ->> 'onProject')::int and i.invalidation_id = r.invalidation_id
       where r.ended_at is null and i.undone_at is not null
     )
     update responses r set ended_at = g.at, ended_by = g.by, end_reason = g.reason
     from gone g where r.project_id = g.project_id and r.response_id = g.response_id and r.ended_at is null
     returning ${COLUMNS}`)
  return rows
}

/** Targets are personal data: what has ended goes when retention ends. Returns how many went. */
export async function forgetResponses(db: Queryable, before: number): Promise<number> {
  const { rowCount } = await db.query('delete from responses where ended_at < to_timestamp($1 / 1000.0)', [before])
  return rowCount ?? 0
}
