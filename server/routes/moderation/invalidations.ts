/** Invalidations and holds: preview, apply with a reason, list them and the releases, undo exactly. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { type InvalidationRow, holdVotes, invalidateVotes, listInvalidations, undoInvalidation } from '../../../db/queries/invalidations.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import {
  ActionAnswer, ActionParams, HoldRequest, type Invalidation, InvalidationRequest, InvalidationsAnswer, PageQuery, UndoRequest,
} from '../../contract/moderation.ts'
import { ProjectRef } from '../../contract/primitives.ts'
import { Problem } from '../../errors.ts'
import type { Project } from '../../plugins/projects.ts'
import { CURSOR_ID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { actOnVotes } from './act-on-votes.ts'
import { actionAnswer, auditedMoves } from './action-answer.ts'
import { effectOf } from './vote-wire.ts'

const invalidations: FastifyPluginAsyncTypebox = async (app) => {
  app.post(
    '/invalidations',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Take votes out of the tally',
        description: 'With `dryRun` it answers what would change, and changes nothing.',
        body: InvalidationRequest,
        response: { 200: ActionAnswer, 201: ActionAnswer, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => reply.code(request.body.dryRun === true ? 200 : 201).send(await actOnVotes(request, { action: 'vote.invalidate', act: invalidateVotes })),
  )

  app.post(
    '/holds',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Hold counted votes back',
        description: 'Undone like an invalidation, by `/invalidations/{id}/undo`. '
          + 'Votes that are held already stay held when their first reason ends.',
        body: HoldRequest,
        response: { 200: ActionAnswer, 201: ActionAnswer, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => reply.code(request.body.dryRun === true ? 200 : 201).send(await actOnVotes(request, { action: 'vote.hold', act: holdVotes })),
  )

  app.get(
    '/invalidations',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Past invalidations, holds and releases, newest first',
        querystring: PageQuery,
        response: { 200: InvalidationsAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, cursor, limit = DEFAULT_LIMIT } = request.query
      const project = request.operatedProject(ref)
      const before = readCursor(cursor, CURSOR_ID)
      const rows = await listInvalidations(app.db, project.id, before === null ? null : rowId(String(before[0])), limit + 1)
      const { page, nextCursor } = cutPage(rows, limit, (row) => [row.id])
      return { invalidations: page.map(invalidationOf), nextCursor }
    },
  )

  app.post(
    '/invalidations/:id/undo',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Put the votes of an invalidation, a hold or a release back',
        description: 'Every vote gets the state it had, unless something else keeps it out. '
          + '`project` may stand in the query or in the body; it is needed only where the token reaches more than one project.',
        params: ActionParams,
        querystring: Type.Object({ project: Type.Optional(ProjectRef) }),
        body: UndoRequest,
        response: { 200: ActionAnswer, ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const id = rowId(request.params.id)
      const { project: named, reason } = request.body ?? {}
      const ref = named ?? request.query.project
      const candidates = ref === undefined ? reachable(request.operator.projectId) : [request.operatedProject(ref)]
      for (const project of candidates) {
        const result = await inTransaction(app.db, async (client) => {
          const undone = await undoInvalidation(client, project.id, id, { reason: reason === undefined ? null : storable(reason), actor: request.operator.name })
          if (typeof undone === 'object') {
            await request.audit(client, {
              action: 'invalidation.undo', target: String(id), projectId: project.id, after: { reason, ...auditedMoves(project, undone) },
            })
          }
          return undone
        })
        if (result === 'already_undone') throw new Problem('already_undone')
        if (result === 'final') throw new Problem('not_undoable')
        if (result === 'unknown') continue
        app.boards.apply(result.tallies)
        return actionAnswer(project, result)
      }
      throw new Problem('not_found', { detail: `There is no invalidation, hold or release ${request.params.id}.` })
    },
  )

  /** Invalidation ids are unique in the installation, so looking through the caller’s projects finds at most one. */
  const reachable = (projectId: number | undefined): Project[] =>
    projectId === undefined ? app.projects.all() : app.projects.all().filter((project) => project.id === projectId)
}
export default invalidations

const invalidationOf = ({ id, effect, cohortId, final, ...rest }: InvalidationRow): Invalidation => ({
  ...rest, id: String(id), effect: effectOf(effect), cohortId: cohortId === null ? null : String(cohortId),
  undoable: !final && rest.undoneAt === null,
})
