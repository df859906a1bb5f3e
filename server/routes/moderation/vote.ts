/** `GET …/votes/{id}`: why one vote is where it is. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type VoteLayer as LayerRow, findVote, listVoteDecisions, listVoteLayers } from '../../../db/queries/vote-details.ts'
import { ProjectQuery } from '../../contract/moderation.ts'
import { VoteAnswer, type VoteDecision, type VoteLayer, VoteParams } from '../../contract/vote-views.ts'
import { Problem } from '../../errors.ts'
import type { StateCode } from '../../gate/settle.ts'
import { cohortWords, creditsOf, missingIn } from '../../gate/words/vote-words.ts'
import { refusals } from '../refusals.ts'
import { UUID, rowId } from '../wire-values.ts'
import { cohortsById, effectOf, reasonsIn, tellVotes } from './vote-wire.ts'

const MOST = 50
const STATES = { c: 'counted', h: 'held', i: 'invalidated' } as const satisfies Record<StateCode, string>
const idOrNull = (id: number | null): string | null => (id === null ? null : String(id))

const vote: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/votes/:id',
    {
      schema: {
        tags: ['moderation'],
        summary: 'One vote: every time it was cast, and every action on it',
        params: VoteParams,
        querystring: ProjectQuery,
        response: { 200: VoteAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      const project = request.operatedProject(request.query.project)
      const [item = '', voter = ''] = id.split(':')
      const row = UUID.test(voter) ? await findVote(app.db, project.id, rowId(item), voter) : null
      if (row === null) throw new Problem('not_found', { detail: `There is no vote ${id}.` })
      const [decisions, layers] = await Promise.all([
        listVoteDecisions(app.db, project.id, row.itemId, voter, MOST), listVoteLayers(app.db, project.id, row.itemId, voter, MOST),
      ])
      const cohorts = await cohortsById(app, project.id, [...decisions, ...layers])
      const [told] = await tellVotes(app, project.id, [row])
      if (told === undefined) throw new Error('the vote was not told')
      return {
        vote: told,
        decisions: decisions.map((decision): VoteDecision => {
          const { decidedAt, breakdown, signals: _signals, cohortId, ...rest } = decision
          return {
            ...rest, at: decidedAt, cohortId: idOrNull(cohortId), credits: creditsOf(breakdown), missing: missingIn(breakdown),
            reasons: reasonsIn(app, cohorts, { ...decision, tier: row.tier }),
          }
        }),
        layers: layers.map(layerOf),
        cohorts: [...cohorts.values()].map((cohort) => ({ id: String(cohort.id), words: cohortWords(cohort) })),
      }
    },
  )
}
export default vote

const layerOf = ({ id, effect, prior, cohortId, ...rest }: LayerRow): VoteLayer =>
  ({ ...rest, actionId: String(id), effect: effectOf(effect), below: STATES[prior], cohortId: idOrNull(cohortId) })
