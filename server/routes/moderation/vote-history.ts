/** `GET …/items/{id}/history` and `…/votes/history`: votes over time, of one item or of all. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { listItems } from '../../../db/queries/items.ts'
import { readVoteHistory } from '../../../db/queries/vote-history.ts'
import { ActionParams } from '../../contract/moderation.ts'
import { BUCKETS } from '../../contract/pictures.ts'
import { HistoryAnswer, HistoryQuery } from '../../contract/vote-views.ts'
import { Problem } from '../../errors.ts'
import { refusals } from '../refusals.ts'
import { rowId } from '../wire-values.ts'

const DAY_MS = 86_400_000
const MOST_BUCKETS = 200

const voteHistory: FastifyPluginAsyncTypebox = async (app) => {
  const schema = {
    tags: ['moderation'], querystring: HistoryQuery,
    response: { 200: HistoryAnswer, ...refusals(400, 401, 403, 404, 429, 503) },
    description: 'By when votes were last cast, in the state they are in now. Votes taken back, and those that gave way to their voter’s own, are left out.',
  }

  app.get('/votes/history', { schema: { ...schema, summary: 'All items’ votes over time' } }, async (request) => await answer(request, request.query, null))

  app.get('/items/:id/history', { schema: { ...schema, params: ActionParams, summary: 'An item’s votes over time' } }, async (request) =>
    await answer(request, request.query, rowId(request.params.id)))

  async function answer(request: FastifyRequest, query: HistoryQuery, itemId: number | null): Promise<HistoryAnswer> {
    const project = request.operatedProject(query.project)
    if (itemId !== null && !(await listItems(app.db, project.id)).some(({ id }) => id === itemId)) {
      throw new Problem('unknown_item', { detail: `The board has no item ${itemId}.` })
    }
    const span = spanOf(query, app.clock())
    return { ...span, buckets: await readVoteHistory(app.db, project.id, itemId, span) }
  }
}
export default voteHistory

function spanOf({ since, until: asked, bucket }: HistoryQuery, now: number): { since: number; until: number; bucketMs: number } {
  const until = asked ?? now
  const begin = since ?? until - 30 * DAY_MS
  if (begin >= until) throw misplaced('since', 'is not before until')
  const bucketMs = bucket === undefined ? fitting(until - begin) : BUCKETS[bucket]
  const from = Math.max(0, Math.floor(begin / bucketMs) * bucketMs)
  if ((until - from) / bucketMs > MOST_BUCKETS) {
    throw misplaced(bucket === undefined ? 'since' : 'bucket', `would make more than ${MOST_BUCKETS} of them`)
  }
  return { since: from, until, bucketMs }
}

/** The shortest bucket of which there are few enough, with room for the one that begins before the span; days for longer spans. */
const fitting = (lengthMs: number): number =>
  Object.values(BUCKETS).find((bucketMs) => lengthMs / bucketMs <= MOST_BUCKETS - 1) ?? BUCKETS['1d']

const misplaced = (field: string, detail: string): Problem => new Problem('invalid_request', { errors: [{ pointer: `/querystring/${field}`, detail }] })
