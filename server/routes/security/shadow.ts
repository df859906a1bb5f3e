/** `GET …/shadow`: where the policy on trial would have done something else. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type DisagreementRow, type TrialSpan, countDecisions, findTrial, summariseDisagreements } from '../../../db/queries/shadow.ts'
import { ShadowAnswer, ShadowQuery } from '../../contract/security.ts'
import { projectAsked } from '../reach.ts'
import { refusals } from '../refusals.ts'

const shadow: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/shadow',
    {
      schema: {
        tags: ['security'], summary: 'Where the policy on trial disagrees with the live one', querystring: ShadowQuery,
        response: { 200: ShadowAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project, since, until } = request.query
      const projectId = projectAsked(request, project)
      const trial = await findTrial(app.db)
      if (trial === undefined) return { policy: null, since: null, until: null, compared: 0, disagreements: [] }
      const ends = [trial.endedAt, until].filter((end) => typeof end === 'number')
      const span: TrialSpan = {
        policy: trial.policy, projectId,
        since: Math.max(trial.beganAt, since ?? 0), until: ends.length === 0 ? null : Math.min(...ends),
      }
      const [compared, disagreements] = await Promise.all([countDecisions(app.db, span), summariseDisagreements(app.db, span)])
      return { policy: span.policy, since: span.since, until: span.until, compared, disagreements: disagreements.map(disagreementOf) }
    },
  )
}
export default shadow

function disagreementOf(
  { liveAction, liveWouldHave, shadowAction, shadowWouldHave, votes, examples }: DisagreementRow,
): ShadowAnswer['disagreements'][number] {
  return {
    live: { action: liveAction, ...(liveWouldHave === null ? {} : { wouldHave: liveWouldHave }) },
    shadow: { action: shadowAction, ...(shadowWouldHave === null ? {} : { wouldHave: shadowWouldHave }) },
    votes,
    examples,
  }
}
