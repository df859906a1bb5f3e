/** Cohorts: what the rules found, lifted exactly, or invalidated as a whole. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type ListedCohort, findCohort, liftCohort, listCohorts } from '../../../db/queries/cohorts.ts'
import { invalidateVotes } from '../../../db/queries/invalidations.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import {
  ActionAnswer, ActionParams, type Cohort, CohortInvalidationRequest, CohortsAnswer, LiftQuery, PageQuery,
} from '../../contract/moderation.ts'
import { Problem } from '../../errors.ts'
import { cohortWords } from '../../gate/words/vote-words.ts'
import { CURSOR_ID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { actionAnswer, auditedMoves } from './action-answer.ts'

const cohorts: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/cohorts',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Cohorts, newest first',
        description: 'Standing, expired and lifted ones.',
        querystring: PageQuery,
        response: { 200: CohortsAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, cursor, limit = DEFAULT_LIMIT } = request.query
      const project = request.operatedProject(ref)
      const before = readCursor(cursor, CURSOR_ID)
      const rows = await listCohorts(app.db, project.id, { before: before === null ? null : rowId(String(before[0])), limit: limit + 1 })
      const { page, nextCursor } = cutPage(rows, limit, (row) => [row.id])
      return { cohorts: page.map(cohortOf), nextCursor }
    },
  )

  app.delete(
    '/cohorts/:id',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Lift a cohort and put its votes back',
        description: 'Every hold made for it is undone and votes held on arrival are counted, except where something else keeps them out. '
          + 'Lifting again does this for votes that were on their way at the time.',
        params: ActionParams,
        querystring: LiftQuery,
        response: { 200: ActionAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, reason } = request.query
      const project = request.operatedProject(ref)
      const result = await inTransaction(app.db, async (client) => {
        const lifted = await liftCohort(client, project.id, rowId(request.params.id), {
          actor: request.operator.name, reason: reason === undefined ? null : storable(reason), now: app.clock(),
        })
        if (lifted === 'unknown') throw unknownCohort(request.params.id)
        await request.audit(client, {
          action: 'cohort.lift', target: request.params.id, projectId: project.id, after: { reason, ...auditedMoves(project, lifted) },
        })
        return lifted
      })
      app.boards.apply(result.tallies)
      await app.cohorts.announce()
      return actionAnswer(project, result)
    },
  )

  app.post(
    '/cohorts/:id/invalidate',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Invalidate every vote a cohort holds',
        description: 'One invalidation, undone like any other. With `dryRun` it answers what would change, and changes nothing.',
        params: ActionParams,
        body: CohortInvalidationRequest,
        response: { 200: ActionAnswer, 201: ActionAnswer, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { project: ref, reason, dryRun = false } = request.body
      const project = request.operatedProject(ref)
      const cohort = await findCohort(app.db, project.id, rowId(request.params.id))
      if (cohort === null) throw unknownCohort(request.params.id)
      const result = await inTransaction(app.db, async (client) => {
        const done = await invalidateVotes(client, project.id, { filter: { cohort: cohort.id }, named: null }, {
          reason: storable(reason), actor: request.operator.name, request: { cohort: request.params.id }, dryRun,
          cohort: { id: cohort.id, evidence: cohort.evidence },
        })
        if (!dryRun) {
          await request.audit(client, {
            action: 'cohort.invalidate', target: request.params.id, projectId: project.id, after: { reason, invalidation: done.id, ...auditedMoves(project, done) },
          })
        }
        return done
      })
      app.boards.apply(result.tallies)
      return reply.code(dryRun ? 200 : 201).send(actionAnswer(project, result))
    },
  )
}
export default cohorts

const unknownCohort = (id: string): Problem => new Problem('not_found', { detail: `There is no cohort ${id}.` })

export function cohortOf({ projectId: _project, ...row }: ListedCohort): Cohort {
  return { ...row, id: String(row.id), itemId: String(row.itemId), words: cohortWords(row) }
}
