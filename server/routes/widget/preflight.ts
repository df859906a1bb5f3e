/** CORS preflights: the scope’s hooks have let only the project’s own origins come this far. */
import type { FastifyPluginAsync } from 'fastify'

const preflight: FastifyPluginAsync = async (app) => {
  app.options('/:projectKey/*', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .code(204)
      .header('access-control-allow-methods', 'GET, POST, PUT')
      .header('access-control-allow-headers', 'content-type, if-none-match')
      .header('access-control-max-age', '600')
      .send())
}
export default preflight
