/** The feedback inbox. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type FeedbackRow, listFeedback, updateFeedback } from '../../../db/queries/feedback.ts'
import { storable } from '../../../db/storable.ts'
import { ActionParams, Feedback, FeedbackListAnswer, FeedbackPatch, FeedbackQuery } from '../../contract/moderation.ts'
import { Problem } from '../../errors.ts'
import { CURSOR_ID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'

const feedback: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/feedback',
    {
      schema: {
        tags: ['moderation'], summary: 'Feedback, newest first', querystring: FeedbackQuery,
        response: { 200: FeedbackListAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, state, cursor, limit = DEFAULT_LIMIT } = request.query
      const project = request.operatedProject(ref)
      const before = readCursor(cursor, CURSOR_ID)
      const rows = await listFeedback(app.db, project.id, state === undefined ? {} : { state }, {
        before: before === null ? null : rowId(String(before[0])), limit: limit + 1,
      })
      const { page, nextCursor } = cutPage(rows, limit, (row) => [row.id])
      return { feedback: page.map(feedbackOf), nextCursor }
    },
  )

  app.patch(
    '/feedback/:id',
    {
      schema: {
        tags: ['moderation'], summary: 'Accept or reject feedback', params: ActionParams, body: FeedbackPatch,
        response: { 200: Feedback, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, state, note } = request.body
      const project = request.operatedProject(ref)
      const row = await updateFeedback(app.db, project.id, rowId(request.params.id), {
        state, note: note === undefined ? null : storable(note),
      })
      if (row === null) throw new Problem('not_found', { detail: `There is no feedback ${request.params.id}.` })
      return feedbackOf(row)
    },
  )
}
export default feedback

const feedbackOf = (row: FeedbackRow): Feedback => ({ ...row, id: String(row.id) })
