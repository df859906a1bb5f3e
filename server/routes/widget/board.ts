/** `GET …/board`: the items and their counted votes. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Board, ProjectParams } from '../../contract/widget.ts'
import { refusals } from '../refusals.ts'

const board: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/:projectKey/board',
    {
      schema: {
        tags: ['widget'],
        summary: 'The project’s board',
        params: ProjectParams,
        response: { 200: Board, 304: Type.Null({ description: 'Nothing changed since the given ETag.' }), ...refusals(401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { body, etag } = await app.boards.serve(request.project)
      reply.header('etag', etag).header('cache-control', 'public, max-age=0, must-revalidate')
      if (request.headers['if-none-match']?.split(/,\s*/).some((tag) => tag.replace(/^W\//, '') === etag)) {
        return reply.code(304).send(null)
      }
      // Serialised once per change of the board, not once per reader: Fastify sends bytes as they are, which its types do not say.
      return reply.type('application/json; charset=utf-8').send(body as never)
    },
  )
}
export default board
