/** What a query function needs: a pool, a client, or a client inside a transaction. Always the first argument. */
import { type ClientBase, type CustomTypesConfig, Pool as PgPool, type PoolClient, types as pgTypes } from 'pg'

export type Queryable = Pick<PgPool, 'query'> | Pick<ClientBase, 'query'>
export type Pool = PgPool

/** timestamptz as milliseconds since the epoch, which is how time travels everywhere above the database. */
const TIMESTAMPTZ = 1184
const types: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === TIMESTAMPTZ
      ? (text: string) => Date.parse(text)
      : format === 'binary' ? pgTypes.getTypeParser(oid, 'binary') : pgTypes.getTypeParser(oid, 'text')) as CustomTypesConfig['getTypeParser'],
}

export interface PoolOptions {
  max?: number
  /** Milliseconds after which Postgres ends a statement; a stuck query must not hold a connection for ever. */
  statementTimeoutMs?: number
  /**
   * For many small statements at once: sent without waiting for the answers of those before them (see `together`), and planned for
   * looking rows up by their keys, whatever the size of the table was when they were planned. Plans of named statements are kept: one
   * made for an empty table read all of it for each batch of votes until the next analyze (measured: 250 µs a vote after 10,000).
   */
  keyed?: boolean
  /**
   * Milliseconds after which a statement that is not answered fails with `Query read timeout`, and its connection is given up: a database
   * that is frozen, or behind a network that swallows everything, ends no statement by itself.
   */
  answerTimeoutMs?: number
  onError: (error: Error) => void
}

/** Connects on first use. `onError` hears of idle connections that break; every other failure is that of its query. */
export function createPool(databaseUrl: string, options: PoolOptions): Pool {
  const pool = new PgPool({
    connectionString: databaseUrl,
    max: options.max ?? 10,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    statement_timeout: options.statementTimeoutMs ?? 10_000,
    ...(options.answerTimeoutMs === undefined ? {} : { query_timeout: options.answerTimeoutMs }),
    application_name: 'truetally',
    // pg’s types do not know it yet.
    ...(options.keyed === true ? { pipeline: true } as object : {}),
    types,
  })
  // An idle connection that breaks emits here; unheard, it would end the process.
  pool.on('error', options.onError)
  // The pool listens to idle connections only. One that breaks while it is in use fails the query it runs or the next one;
  // between two queries of a transaction nobody would hear it.
  pool.on('connect', (client) => {
    client.on('error', () => undefined)
    // Sent before anything else on this connection. If it fails, so does what follows, which has somebody to tell.
    if (options.keyed === true) client.query('set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off').catch(() => undefined)
  })
  return pool
}

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return await withConnection(pool, async (client) => {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  })
}

/** Runs `work`, which begins and commits by itself, on a connection of its own. What it has not committed is rolled back when it throws. */
export async function withConnection<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    return await work(client)
  } catch (error) {
    try {
      await client.query('rollback')
    } catch (rollbackError) {
      // The connection itself is gone: the server rolls back on its own, and the pool must not reuse it.
      broken = rollbackError as Error
    }
    throw error
  } finally {
    client.release(broken)
  }
}

/**
 * `work` as a step of the transaction that `db` is in: what it did is undone when it throws, and the transaction goes on. Each statement has
 * `timeoutMs` milliseconds, and so have those that come after it in the transaction, unless it threw.
 *
 * @throws what `work` throws
 */
export async function withinSavepoint<T>(db: Queryable, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  await db.query('savepoint one_step')
  try {
    await db.query(`set local statement_timeout = ${Math.floor(timeoutMs)}`)
    const result = await work()
    await db.query('release savepoint one_step')
    return result
  } catch (error) {
    await db.query('rollback to savepoint one_step')
    throw error
  }
}

/** For this transaction: windows that spill to disk take a hundred times as long, and compiling costs more than it saves. */
export async function sortInMemory(db: Queryable): Promise<void> {
  await db.query(`select set_config('work_mem', '64MB', true), set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`)
}

/**
 * Waits for statements of one transaction that were sent one behind the other, in the order given, and throws what the first of them
 * failed for: the ones behind it failed because of it, and a commit among them has rolled back, which is no failure to PostgreSQL.
 */
export async function together<T extends readonly unknown[]>(statements: readonly [...{ [K in keyof T]: Promise<T[K]> }]): Promise<T> {
  const settled = await Promise.allSettled(statements)
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  }) as unknown as T
}

/** Class 22 (a bad value) and 23 (a constraint): the row’s fault, not the database’s, so trying it again is no use. */
export function isDataError(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^2[23]/.test(code)
}

/**
 * Node’s and PostgreSQL’s ways of saying that the database is away, starting or going (57P, 08), out of something (53), read-only
 * after a failover (25006), or gave a statement up for taking too long (57014).
 */
const DATABASE_AWAY = /^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|57P0[123]|08\w{3}|53\w{3}|25006|57014)$/

/** pg’s own words for a connection that broke before, or in the middle of, a query; it gives them no code. */
const CONNECTION_LOST = new Set([
  'Connection terminated', 'Connection terminated unexpectedly', 'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect', 'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable', 'Query read timeout',
])

/** Nobody answers, or lets anybody in: whoever is next would wait as long. */
export const isUnanswered = (error: unknown): boolean =>
  ['Query read timeout', 'timeout exceeded when trying to connect', 'Connection terminated due to connection timeout'].includes((error as Error).message)


export function isDatabaseAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return (typeof code === 'string' && DATABASE_AWAY.test(code)) || (typeof message === 'string' && CONNECTION_LOST.has(message))
}
