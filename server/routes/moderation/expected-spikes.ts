/** Expected spikes: a moderator says in advance, or afterwards, that many new people at once are no attack. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { type SpikeRow, endSpike, insertSpike, listSpikes } from '../../../db/queries/expected-spikes.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { ActionParams, ExpectedSpike, ProjectQuery, SpikeRequest, SpikesAnswer } from '../../contract/moderation.ts'
import { Problem } from '../../errors.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'

const LONGEST_MS = 14 * 86_400_000

const expectedSpikes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/expected-spikes',
    {
      schema: {
        tags: ['moderation'], summary: 'Expected spikes, newest first, past ones included', querystring: ProjectQuery,
        response: { 200: SpikesAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => ({ spikes: (await listSpikes(app.db, request.operatedProject(request.query.project).id)).map(spikeOf) }),
  )

  app.post(
    '/expected-spikes',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Expect a crowd',
        description: 'While it lasts, many new people at once are no sign of an attack. Other signs still are.',
        body: SpikeRequest,
        response: { 201: ExpectedSpike, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project: ref, itemId, startsAt, endsAt, reason } = request.body
      const project = request.operatedProject(ref)
      const item = itemId === undefined ? undefined : await app.boards.item(project, rowId(itemId))
      if (itemId !== undefined && item === undefined) throw new Problem('unknown_item', { detail: `The board has no item ${itemId}.` })
      if (endsAt <= startsAt) throw misplaced('is not after startsAt')
      if (endsAt - startsAt > LONGEST_MS) throw misplaced('is more than 14 days after startsAt')
      const row = await inTransaction(app.db, async (client) => {
        const made = await insertSpike(client, {
          projectId: project.id, itemId: item?.id ?? null, startsAt, endsAt, reason: storable(reason), actor: request.operator.name,
        })
        await request.audit(client, {
          action: 'spike.expect', target: String(made.id), projectId: project.id, after: { itemId: itemId ?? null, startsAt, endsAt, reason },
        })
        return made
      })
      await app.cohorts.announce()
      return reply.code(201).send(spikeOf(row))
    },
  )

  app.delete(
    '/expected-spikes/:id',
    {
      schema: {
        tags: ['moderation'], summary: 'End an expected spike now', params: ActionParams, querystring: ProjectQuery,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const project = request.operatedProject(request.query.project)
      await inTransaction(app.db, async (client) => {
        const ended = await endSpike(client, project.id, rowId(request.params.id), request.operator.name, app.clock())
        if (ended === null) throw new Problem('not_found', { detail: `No spike ${request.params.id} is expected.` })
        await request.audit(client, {
          action: 'spike.end', target: String(ended.id), projectId: project.id, before: { endsAt: ended.endsAt }, after: { endsAt: ended.endedAt },
        })
      })
      await app.cohorts.announce()
      return reply.code(204).send(null)
    },
  )
}
export default expectedSpikes

const misplaced = (detail: string): Problem => new Problem('invalid_request', { errors: [{ pointer: '/body/endsAt', detail }] })

function spikeOf({ projectId: _project, ...row }: SpikeRow): ExpectedSpike {
  return { ...row, id: String(row.id), itemId: row.itemId === null ? null : String(row.itemId) }
}
