/** Responses: what rules did by themselves, and taking one back exactly. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { appendTimeline } from '../../../db/queries/alerts.ts'
import { type ResponseRow, listResponses } from '../../../db/queries/responses.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { ActionParams } from '../../contract/moderation.ts'
import { ResponseUndoAnswer, ResponseUndoRequest, ResponsesAnswer, ResponsesQuery, type RuleResponse } from '../../contract/response.ts'
import { Problem } from '../../errors.ts'
import { undoResponse } from '../../watch/responses/undo.ts'
import { CURSOR_ID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { actionAnswer, auditedMoves } from './action-answer.ts'

const responses: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/responses',
    {
      schema: {
        tags: ['moderation'],
        summary: 'What rules did by themselves, newest first',
        querystring: ResponsesQuery,
        response: { 200: ResponsesAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, alert, standing, cursor, limit = DEFAULT_LIMIT } = request.query
      const within = projectAsked(request, ref)
      const before = readCursor(cursor, CURSOR_ID)
      const rows = await listResponses(app.db, {
        before: before === null ? null : rowId(String(before[0])), limit: limit + 1,
        ...(within === null ? {} : { projectIds: [within] }), ...(alert === undefined ? {} : { alertId: alert }),
        ...(standing === undefined ? {} : { standing }),
      })
      const { page, nextCursor } = cutPage(rows, limit, (row) => [row.id])
      return { responses: page.map(responseOf), nextCursor }
    },
  )

  app.post(
    '/responses/:id/undo',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Take a response back',
        description: 'A block is lifted and votes get the state they had, unless something else keeps them out. Nothing automatic acts on the '
          + 'same target for an hour then. A block that a person set on it stays.',
        params: ActionParams,
        body: ResponseUndoRequest,
        response: { 200: ResponseUndoAnswer, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const reason = request.body?.reason
      const undone = await inTransaction(app.db, async (client) => {
        const result = await undoResponse(client, request.operator.projectId, rowId(request.params.id), request.operator.name,
          reason === undefined ? null : storable(reason), app.clock())
        if (typeof result === 'object') {
          await appendTimeline(client, result.timeline)
          const { id, projectId, rule, action, target, detail } = result.response
          const moved = app.projects.byId(detail.onProject)
          await request.audit(client, {
            action: 'response.undo', target: String(id), projectId, before: { rule, action, target },
            after: { reason, ...(result.votes === null || moved === undefined ? {} : auditedMoves(moved, result.votes)) },
          })
        }
        return result
      })
      if (undone === 'unknown') throw new Problem('not_found', { detail: `There is no response ${request.params.id}.` })
      if (undone === 'already_undone') throw new Problem('already_undone', { detail: 'It has ended before.' })
      const { response, votes, blocksChanged } = undone
      if (blocksChanged) {
        await Promise.all([app.blocks.reload(), app.responses.reload()])
        await app.changes.publish('blocks')
      }
      const project = app.projects.all().find(({ id }) => id === response.detail.onProject)
      if (votes === null || project === undefined) return { response: responseOf(response), tallyChanges: [] }
      app.boards.apply(votes.tallies)
      return { response: responseOf(response), tallyChanges: actionAnswer(project, votes).tallyChanges }
    },
  )
}
export default responses

const idOrNull = (id: number | null): string | null => (id === null || id === 0 ? null : String(id))

export function responseOf({ id, projectId, blockId, invalidationId, detail, ...row }: ResponseRow): RuleResponse {
  return {
    ...row, id: String(id), projectId: idOrNull(projectId), blockId: idOrNull(blockId), invalidationId: idOrNull(invalidationId),
    because: detail.because ?? null, votes: detail.votes ?? null,
  }
}
