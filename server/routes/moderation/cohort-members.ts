/** `GET …/cohorts/{id}/members`: who they are and what they share, in a shape one can draw. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type CohortMember as MemberRow, listCohortMembers, readShared } from '../../../db/queries/cohort-members.ts'
import { countHeldBy, findCohort } from '../../../db/queries/cohorts.ts'
import { ActionParams, ProjectQuery } from '../../contract/moderation.ts'
import { type CohortMember, CohortMembersAnswer, SHARED_FIELDS } from '../../contract/vote-views.ts'
import { Problem } from '../../errors.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { cohortOf } from './cohorts.ts'

const MOST_MEMBERS = 200
const MOST_VALUES = 12

const cohortMembers: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/cohorts/:id/members',
    {
      schema: {
        tags: ['moderation'],
        summary: 'A cohort’s votes, and what they share',
        description: 'Every vote the cohort ever held, in the state it is in now.',
        params: ActionParams,
        querystring: ProjectQuery,
        response: { 200: CohortMembersAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const project = request.operatedProject(request.query.project)
      const cohort = await findCohort(app.db, project.id, rowId(request.params.id))
      if (cohort === null) throw new Problem('not_found', { detail: `There is no cohort ${request.params.id}.` })
      const [votesHeld, members, { counts, shared }] = await Promise.all([
        countHeldBy(app.db, project.id, cohort.id), listCohortMembers(app.db, project.id, cohort.id, MOST_MEMBERS),
        readShared(app.db, project.id, cohort.id, MOST_VALUES),
      ])
      return {
        cohort: cohortOf({ ...cohort, votesHeld }), counts, members: members.map(memberOf), shared,
      }
    },
  )
}
export default cohortMembers

function memberOf(member: MemberRow): CohortMember {
  const { itemId, voter, tier, state, heldFor, castAt } = member
  const values = Object.fromEntries(SHARED_FIELDS.flatMap((field) => {
    const value = member[field]
    return value === null ? [] : [[field, value]]
  }))
  return { voteId: `${itemId}:${voter}`, itemId: String(itemId), voter, tier, state, heldFor, castAt, values }
}
