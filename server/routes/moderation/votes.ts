/** `GET …/votes` and `POST …/votes/release`. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { releaseVotes } from '../../../db/queries/invalidations.ts'
import { type ListedVote, listVotes } from '../../../db/queries/votes.ts'
import { inTransaction } from '../../../db/queryable.ts'
import { storable } from '../../../db/storable.ts'
import { ActionAnswer, ReleaseRequest, type Vote, VotesAnswer, VotesQuery } from '../../contract/moderation.ts'
import { CURSOR_ID, CURSOR_MS, CURSOR_UUID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { actionAnswer } from './action-answer.ts'
import { filterRow, selectionOf } from './selection.ts'

const votes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/votes',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Find votes, newest first',
        querystring: VotesQuery,
        response: { 200: VotesAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, cursor, limit = DEFAULT_LIMIT, ...filter } = request.query
      const project = request.operatedProject(ref)
      const after = readCursor(cursor, CURSOR_MS, CURSOR_ID, CURSOR_UUID)
      const rows = await listVotes(app.db, project.id, filterRow(filter), {
        after: after === null ? null : { castAt: Number(after[0]), itemId: rowId(String(after[1])), voter: String(after[2]) },
        limit: limit + 1,
      })
      const { page, nextCursor } = cutPage(rows, limit, (row) => [row.castAt, row.itemId, row.voter])
      return { votes: page.map(voteOf), nextCursor }
    },
  )

  app.post(
    '/votes/release',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Count held votes',
        body: ReleaseRequest,
        response: { 200: ActionAnswer, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const { project: ref, reason, dryRun = false, ...selected } = request.body
      const project = request.operatedProject(ref)
      const selection = selectionOf(selected)
      const result = await inTransaction(app.db, (client) =>
        releaseVotes(client, project.id, selection, {
          reason: storable(reason), actor: request.operator.name, request: selected, dryRun,
        }))
      app.boards.apply(result.tallies)
      return actionAnswer(project, result)
    },
  )
}
export default votes

function voteOf(row: ListedVote): Vote {
  const { itemId, voter, cohortId } = row
  return { ...row, id: `${itemId}:${voter}`, itemId: String(itemId), cohortId: cohortId === null ? null : String(cohortId) }
}
