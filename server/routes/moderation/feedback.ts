/** The feedback inbox. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type FeedbackRow, acceptAsItem, listFeedback, lockFeedback, readFeedback, updateFeedback } from '../../../db/queries/feedback.ts'
import { insertItem, listItems, nextPosition } from '../../../db/queries/items.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { FeedbackItemRequest, FeedbackQuery } from '../../contract/board.ts'
import { ActionParams, Feedback, FeedbackListAnswer, FeedbackPatch, ModeratedItem, ProjectQuery } from '../../contract/moderation.ts'
import { Problem } from '../../errors.ts'
import { changedFields } from '../../ledger/audit-detail.ts'
import { CURSOR_ID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { itemOf } from './items.ts'

const feedback: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/feedback',
    {
      // It holds addresses that people left for whoever answers them.
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['moderation'], summary: 'Feedback, newest first', querystring: FeedbackQuery,
        response: { 200: FeedbackListAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, state, kind, q, cursor, limit = DEFAULT_LIMIT } = request.query
      const project = request.operatedProject(ref)
      const before = readCursor(cursor, CURSOR_ID)
      const rows = await listFeedback(app.db, project.id, {
        ...(state === undefined ? {} : { state }), ...(kind === undefined ? {} : { kind }), ...(q === undefined ? {} : { text: storable(q) }),
      }, {
        before: before === null ? null : rowId(String(before[0])), limit: limit + 1,
      })
      const { page, nextCursor } = cutPage(rows, limit, (row) => [row.id])
      return { feedback: page.map(feedbackOf), nextCursor }
    },
  )

  app.get(
    '/feedback/:id',
    {
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['moderation'], summary: 'One piece of feedback', params: ActionParams, querystring: ProjectQuery,
        response: { 200: Feedback, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const project = request.operatedProject(request.query.project)
      const row = await readFeedback(app.db, project.id, rowId(request.params.id))
      if (row === null) throw new Problem('not_found', { detail: `There is no feedback ${request.params.id}.` })
      return feedbackOf(row)
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
      const id = rowId(request.params.id)
      return feedbackOf(await inTransaction(app.db, async (client) => {
        const before = await lockFeedback(client, project.id, id)
        const after = await updateFeedback(client, project.id, id, { state, note: note === undefined ? null : storable(note) })
        if (before === null || after === null) throw new Problem('not_found', { detail: `There is no feedback ${request.params.id}.` })
        await request.audit(client, { action: 'feedback.update', target: String(id), projectId: project.id, ...changedFields(before, after) })
        return after
      }))
    },
  )

  app.post(
    '/feedback/:id/item',
    {
      schema: {
        tags: ['moderation'], summary: 'Accept feedback and make an item of it', params: ActionParams, body: FeedbackItemRequest,
        response: { 201: ModeratedItem, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project: ref, title, description = '', status = 'open', position, note } = request.body
      const project = request.operatedProject(ref)
      const id = rowId(request.params.id)
      const itemId = await inTransaction(app.db, async (client) => {
        const before = await lockFeedback(client, project.id, id)
        if (before === null) throw new Problem('not_found', { detail: `There is no feedback ${request.params.id}.` })
        if (before.itemId !== null) throw new Problem('already_an_item', { detail: `It is item ${before.itemId}.` })
        const item = { title: storable(title ?? before.title).trim(), description: storable(description).trim(), status, position: position ?? await nextPosition(client, project.id) }
        const made = await insertItem(client, project.id, item)
        await acceptAsItem(client, project.id, id, made, note === undefined ? null : storable(note))
        await request.audit(client, {
          action: 'feedback.make-item', target: String(id), projectId: project.id,
          before: { state: before.state }, after: { state: 'accepted', itemId: String(made), ...item, ...(note === undefined ? {} : { note }) },
        })
        return made
      })
      await app.boards.refresh(project.id)
      const row = (await listItems(app.db, project.id)).find((item) => item.id === itemId)
      if (row === undefined) throw new Problem('unknown_item')
      return reply.code(201).send(itemOf(row))
    },
  )
}
export default feedback

const feedbackOf = (row: FeedbackRow): Feedback => ({ ...row, id: String(row.id), itemId: row.itemId === null ? null : String(row.itemId) })
