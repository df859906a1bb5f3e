/** Saved views: what somebody looks at every day, under a name of their own. Nobody else sees them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { type SavedViewRow, deleteSavedView, insertSavedView, listSavedViews } from '../../../db/queries/saved-views.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { SavedView, SavedViewParams, SavedViewRequest, SavedViewsAnswer } from '../../contract/security.ts'
import { Problem } from '../../errors.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'

const MOST_VIEWS = 50
/** Each is an entry of the audit log, which is never made shorter, and a viewer may do it. */
const PER_MINUTE = 100

const savedViews: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/saved-views',
    {
      schema: {
        tags: ['security'], summary: 'Your saved views', response: { 200: SavedViewsAnswer, ...refusals(400, 401, 403, 429, 503) },
      },
    },
    async (request) => ({ views: (await listSavedViews(app.db, request.operator.actor)).map(viewOf) }),
  )

  app.post(
    '/saved-views',
    {
      config: { rateLimit: { max: PER_MINUTE, timeWindow: 60_000 } },
      schema: {
        tags: ['security'], summary: 'Keep a view under a name', body: SavedViewRequest,
        response: { 201: SavedView, ...refusals(400, 401, 403, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { actor } = request.operator
      const view = { owner: actor, name: storable(request.body.name).trim(), path: storable(request.body.path) }
      const made = await inTransaction(app.db, async (client) => {
        const row = await insertSavedView(client, view, app.clock(), MOST_VIEWS)
        if (row === 'exists') throw new Problem('view_exists')
        if (row === 'full') throw new Problem('too_many_views')
        await request.audit(client, { action: 'view.save', target: String(row.id), projectId: 0, after: { name: row.name, path: row.path } })
        return row
      })
      return reply.code(201).send(viewOf(made))
    },
  )

  app.delete(
    '/saved-views/:id',
    {
      schema: {
        tags: ['security'], summary: 'Forget a saved view', params: SavedViewParams,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      await inTransaction(app.db, async (client) => {
        const gone = await deleteSavedView(client, request.operator.actor, rowId(id))
        if (gone === null) throw new Problem('not_found', { detail: `You have no saved view ${id}.` })
        await request.audit(client, { action: 'view.delete', target: id, projectId: 0, before: { name: gone.name, path: gone.path } })
      })
      return reply.code(204).send(null)
    },
  )
}
export default savedViews

const viewOf = ({ id, ...row }: SavedViewRow): SavedView => ({ ...row, id: String(id) })
