/**
 * `app.db`: one pool of connections for the process, and `app.votersDb`, a small one of their own for the requests of voters. What operators
 * ask for may wait for a lock, or read a lot, with a connection in its hand: ten of them at once left none to vote with (measured: 4.4 s
 * while items were merged, on every project).
 */
import fp from 'fastify-plugin'
import { type Pool, type PoolOptions, createPool } from '../../db/queryable.ts'

const VOTERS_CONNECTIONS = 4
/** What waits for a lock is ended by PostgreSQL; what PostgreSQL does not end in time is ended here, and nobody waits longer for a vote. */
const VOTERS_STATEMENT_MS = 7000
const VOTERS_ANSWER_MS = 8000

declare module 'fastify' {
  interface FastifyInstance {
    db: Pool
    votersDb: Pool
  }
}

export default fp<{ databaseUrl: string }>(
  async (app, { databaseUrl }) => {
    const open = (options: Partial<PoolOptions> = {}): Pool => {
      const pool = createPool(databaseUrl, {
        ...options,
        // Sockets close a moment after the pool has ended; a server that stops right then is no news.
        // pg hangs the whole client on the error; its words are enough.
        onError: (error) => pool.ending || app.log.error({ reason: error.message }, 'an idle database connection broke'),
      })
      return pool
    }
    const pools = [open(), open({ max: VOTERS_CONNECTIONS, keyed: true, statementTimeoutMs: VOTERS_STATEMENT_MS, answerTimeoutMs: VOTERS_ANSWER_MS })] as const
    app.decorate('db', pools[0])
    app.decorate('votersDb', pools[1])
    app.addHook('onClose', async () => {
      await Promise.all(pools.map((pool) => pool.end()))
    })
  },
  { name: 'database' },
)
