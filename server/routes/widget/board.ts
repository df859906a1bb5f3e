/**
 * `GET …/board`: the items and their counted votes.
 *
 * For the caches on the way. `s-maxage=1`: a CDN asks once a second for all its readers. `stale-while-revalidate=2`: of a busy board it
 * answers from what it has while it asks; no longer than that, for browsers heed it too, and somebody who reloads the page after
 * a vote looks for it. `stale-if-error`: for a day a board that is behind is better than none. `max-age=0`: a browser asks again,
 * and mostly gets a 304. The origin is in the answer, and so in `Vary`.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Board, ProjectParams } from '../../contract/widget.ts'
import type { Representation } from '../../plugins/board-edition.ts'
import { matchesTag, preferredEncoding } from '../../plugins/negotiation.ts'
import { refusals } from '../refusals.ts'

const CACHING = 'public, max-age=0, s-maxage=1, stale-while-revalidate=2, stale-if-error=86400'

declare module 'fastify' {
  interface FastifyRequest {
    /** What it was answered with, or would have been but for a 304. */
    boardSent: Representation | null
  }
}

const board: FastifyPluginAsyncTypebox = async (app) => {
  app.decorateRequest('boardSent', null)
  app.get(
    '/:projectKey/board',
    {
      schema: {
        tags: ['widget'],
        summary: 'The project’s board',
        params: ProjectParams,
        response: { 200: Board, 304: Type.Null({ description: 'Nothing changed since the given ETag.' }), ...refusals(401, 403, 429) },
      },
      onResponse: (request, reply, done) => {
        if (request.boardSent !== null) app.boardLane.learn(request, reply, request.boardSent)
        done()
      },
    },
    async (request, reply) => {
      const edition = await app.boards.edition(request.project)
      const representation = await edition.make(preferredEncoding(request.headers['accept-encoding']))
      const { etag, encoding, body } = representation
      request.boardSent = representation
      reply.header('vary', 'Origin, Accept-Encoding').header('etag', etag).header('cache-control', CACHING)
      // Not null, which is four bytes of JSON, and a length that a 304 must not have.
      if (matchesTag(request.headers['if-none-match'], etag)) return reply.code(304).send(undefined as never)
      if (encoding !== 'identity') reply.header('content-encoding', encoding)
      // Serialised once per change of the board, not once per reader: Fastify sends bytes as they are, which its types do not say.
      return reply.type('application/json; charset=utf-8').send(body as never)
    },
  )
}
export default board
