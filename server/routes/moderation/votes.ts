/** `GET …/votes` and `POST …/votes/release`. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { releaseVotes } from '../../../db/queries/invalidations.ts'
import { listVotes } from '../../../db/queries/vote-list.ts'
import { ActionAnswer, ReleaseRequest, VotesAnswer, VotesQuery } from '../../contract/moderation.ts'
import { CURSOR_ID, CURSOR_MS, CURSOR_UUID, DEFAULT_LIMIT, cutPage, readCursor } from '../cursor.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'
import { actOnVotes } from './act-on-votes.ts'
import { filterRow } from './selection.ts'
import { tellVotes } from './vote-wire.ts'

const votes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/votes',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Find votes, newest first',
        description: 'By when they were last cast. `reasons` say in sentences why a vote is where it is.',
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
      return { votes: await tellVotes(app, project.id, page), nextCursor }
    },
  )

  app.post(
    '/votes/release',
    {
      schema: {
        tags: ['moderation'],
        summary: 'Count held votes',
        description: 'Whatever held them. Taken back by `/invalidations/{id}/undo`, like a hold. With `dryRun` it answers what would change, and changes nothing.',
        body: ReleaseRequest,
        response: { 200: ActionAnswer, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => await actOnVotes(request, { action: 'vote.release', act: releaseVotes }),
  )
}
export default votes
