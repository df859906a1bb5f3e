/** `app.db`: one pool of connections for the process. */
import fp from 'fastify-plugin'
import { type Pool, createPool } from '../../db/queryable.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Pool
  }
}

export default fp<{ databaseUrl: string }>(
  async (app, { databaseUrl }) => {
    const pool = createPool(databaseUrl, {
      // Sockets close a moment after the pool has ended; a server that stops right then is no news.
      // pg hangs the whole client on the error; its words are enough.
      onError: (error) => pool.ending || app.log.error({ reason: error.message }, 'an idle database connection broke'),
    })
    app.decorate('db', pool)
    app.addHook('onClose', async () => {
      await pool.end()
    })
  },
  { name: 'database' },
)
