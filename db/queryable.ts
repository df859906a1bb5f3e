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
    application_name: 'truetally',
    types,
  })
  // An idle connection that breaks emits here; unheard, it would end the process.
  pool.on('error', options.onError)
  // The pool listens to idle connections only. One that breaks while it is in use fails the query it runs or the next one;
  // between two queries of a transaction nobody would hear it.
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return pool
}

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
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

/** Class 22 (a bad value) and 23 (a constraint): the row’s fault, not the database’s, so trying it again is no use. */
export function isDataError(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^2[23]/.test(code)
}
