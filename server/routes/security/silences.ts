/** Silences: a person says that some alerts are told to nobody until a time. They go on being found and shown. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { type SilenceRow, endSilence, insertSilence, listSilences } from '../../../db/queries/silences.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { Silence, SilenceParams, SilenceRequest, SilencesAnswer, SilencesQuery } from '../../contract/alert.ts'
import { Problem } from '../../errors.ts'
import { projectAsked, projectIdOf } from '../reach.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'

const LONGEST_MS = 30 * 86_400_000

const silences: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/silences',
    {
      schema: {
        tags: ['security'], summary: 'Silences, newest first', querystring: SilencesQuery,
        response: { 200: SilencesAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project, standing } = request.query
      return { silences: (await listSilences(app.db, { projectId: projectAsked(request, project), standing }, app.clock())).map(silenceOf) }
    },
  )

  app.post(
    '/silences',
    {
      // It keeps others from being told: a viewer may look, not write.
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['security'],
        summary: 'Tell nobody of some alerts until a time',
        description: 'They are found, shown and responded to all the same. What still fires when the time is over is told then.',
        body: SilenceRequest,
        response: { 201: Silence, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const now = app.clock()
      const { project, matchers, reason, startsAt = now, endsAt } = request.body
      if (endsAt <= Math.max(startsAt, now)) throw misplaced(endsAt <= now ? 'is in the past' : 'is not after startsAt')
      if (endsAt - startsAt > LONGEST_MS) throw misplaced('is more than 30 days after startsAt')
      const projectId = projectAsked(request, project) ?? 0
      const row = await inTransaction(app.db, async (client) => {
        const made = await insertSilence(client, {
          projectId, matchers: matchers.map(({ name, value }) => ({ name, value: storable(value) })),
          reason: storable(reason), actor: request.operator.name, startsAt, endsAt,
        }, now)
        if (made === null) throw new Problem('too_many_silences')
        await request.audit(client, { action: 'silence.create', target: String(made.id), projectId, after: { matchers, reason, startsAt, endsAt } })
        return made
      })
      return reply.code(201).send(silenceOf(row))
    },
  )

  app.delete(
    '/silences/:id',
    {
      preParsing: app.requireRole('moderator'),
      schema: {
        tags: ['security'], summary: 'End a silence now', params: SilenceParams,
        response: { 204: Type.Null(), ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      await inTransaction(app.db, async (client) => {
        const ended = await endSilence(client, request.operator.projectId ?? null, rowId(id), request.operator.name, app.clock())
        if (ended === null) throw new Problem('not_found', { detail: `No silence ${id} stands.` })
        const { projectId, matchers, endsAt, endedAt } = ended
        await request.audit(client, { action: 'silence.end', target: id, projectId, before: { matchers, endsAt }, after: { matchers, endsAt: endedAt } })
      })
      return reply.code(204).send(null)
    },
  )
}
export default silences

const misplaced = (detail: string): Problem => new Problem('invalid_request', { errors: [{ pointer: '/body/endsAt', detail }] })

const silenceOf = ({ id, projectId, ...row }: SilenceRow): Silence => ({ ...row, id: String(id), projectId: projectIdOf(projectId) })
