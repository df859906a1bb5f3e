/** Feedback, moderated before anyone else sees it. */
import type { FeedbackKind, FeedbackState, Tier } from '../../server/contract/primitives.ts'
import type { TierCode } from '../../server/gate/settle.ts'
import type { Queryable } from '../queryable.ts'

export interface NewFeedback {
  projectId: number
  kind: FeedbackKind
  title: string
  body: string
  email: string | null
  voter: string
  tier: TierCode
  ipAddress: string
  fingerprint: string | null
}
export interface FeedbackRow {
  id: number
  kind: FeedbackKind
  title: string
  body: string
  email: string | null
  state: FeedbackState
  note: string | null
  tier: Tier
  createdAt: number
}

const COLUMNS = `feedback_id as id, kind, title, body, email, state, note,
  case tier when 'v' then 'verified' else 'device' end as tier, created_at as "createdAt"`

export async function insertFeedback(db: Queryable, feedback: NewFeedback): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `insert into feedback (project_id, kind, title, body, email, voter, tier, ip_address, fingerprint)
     values ($1, $2, $3, $4, $5, $6, $7::"char", $8, $9) returning feedback_id as id`,
    [
      feedback.projectId, feedback.kind, feedback.title, feedback.body, feedback.email, feedback.voter, feedback.tier,
      feedback.ipAddress, feedback.fingerprint,
    ],
  )
  const id = rows[0]?.id
  if (id === undefined) throw new Error('the new feedback came back without an id')
  return id
}

/** Newest first; `before` is the last id of the page before. */
export async function listFeedback(
  db: Queryable, projectId: number, filter: { state?: FeedbackState }, page: { before: number | null; limit: number },
): Promise<FeedbackRow[]> {
  const { rows } = await db.query<FeedbackRow>(
    `select ${COLUMNS} from feedback
     where project_id = $1 and ($2::text is null or state = $2) and ($3::int is null or feedback_id < $3)
     order by feedback_id desc limit $4`,
    [projectId, filter.state ?? null, page.before, page.limit],
  )
  return rows
}

/** null: the project has no such feedback. A `note` of null keeps the one there is. */
export async function updateFeedback(
  db: Queryable, projectId: number, feedbackId: number, patch: { state: FeedbackState; note: string | null },
): Promise<FeedbackRow | null> {
  const { rows } = await db.query<FeedbackRow>(
    `update feedback set state = $3, note = coalesce($4, note) where project_id = $1 and feedback_id = $2 returning ${COLUMNS}`,
    [projectId, feedbackId, patch.state, patch.note],
  )
  return rows[0] ?? null
}
