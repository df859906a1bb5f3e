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
  /** What was made of it. */
  itemId: number | null
  createdAt: number
}

const COLUMNS = `feedback_id as id, kind, title, body, email, state, note,
  case tier when 'v' then 'verified' else 'device' end as tier, item_id as "itemId", created_at as "createdAt"`

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
  db: Queryable, projectId: number, filter: { state?: FeedbackState; kind?: FeedbackKind; text?: string }, page: { before: number | null; limit: number },
): Promise<FeedbackRow[]> {
  const { rows } = await db.query<FeedbackRow>(
    `select ${COLUMNS} from feedback
     where project_id = $1 and ($2::text is null or state = $2) and ($3::int is null or feedback_id < $3)
       and ($5::text is null or kind = $5)
       and ($6::text is null or strpos(lower(title), lower($6)) > 0 or strpos(lower(body), lower($6)) > 0)
     order by feedback_id desc limit $4`,
    [projectId, filter.state ?? null, page.before, page.limit, filter.kind ?? null, filter.text ?? null],
  )
  return rows
}

/** null: the project has no such feedback. */
export async function readFeedback(db: Queryable, projectId: number, feedbackId: number): Promise<FeedbackRow | null> {
  const { rows } = await db.query<FeedbackRow>(`select ${COLUMNS} from feedback where project_id = $1 and feedback_id = $2`, [projectId, feedbackId])
  return rows[0] ?? null
}

/** Until the end of the transaction it stays as it is. null: the project has no such feedback. */
export async function lockFeedback(db: Queryable, projectId: number, feedbackId: number): Promise<FeedbackRow | null> {
  const { rows } = await db.query<FeedbackRow>(
    `select ${COLUMNS} from feedback where project_id = $1 and feedback_id = $2 for update`, [projectId, feedbackId])
  return rows[0] ?? null
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

/** Accepted, with the item that was made of it. A `note` of null keeps the one there is. */
export async function acceptAsItem(db: Queryable, projectId: number, feedbackId: number, itemId: number, note: string | null): Promise<void> {
  await db.query(
    `update feedback set state = 'accepted', item_id = $3, note = coalesce($4, note) where project_id = $1 and feedback_id = $2`,
    [projectId, feedbackId, itemId, note],
  )
}
