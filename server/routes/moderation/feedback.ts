/** The feedback inbox. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listFeedback, updateFeedback } from '../../../db/queries/feedback.ts'
import { ActionParams, Feedback, FeedbackListAnswer, FeedbackPatch, FeedbackQuery } from '../../contract/moderation.ts'
import { Problem } from '../../errors.ts'
import { CURSOR_ID, readCursor, writeCursor } from '../cursor.ts'
import { refusals } from '../refusals.ts'
import { rowId, storable } from '../storable.ts'

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
      const { project: ref, state, cursor, limit = 50 } = request.query
      const project = request.operatedProject(ref)
      const before = readCursor(cursor, CURSOR_ID)
      const rows = await listFeedback(app.db, project.id, state === undefined ? {} : { state }, {
        before: before === null ? null : Number(before[0]), limit: limit + 1,
      })
      const page = rows.slice(0, limit)
      const last = rows.length > limit ? page.at(-1) : undefined
      return { feedback: page.map((row) => ({ ...row, id: String(row.id) })), nextCursor: last === undefined ? null : writeCursor(last.id) }
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
      return { ...row, id: String(row.id) }
    },
  )
}
export default feedback
