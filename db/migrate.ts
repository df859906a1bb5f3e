/** Forward-only, numbered SQL migrations: `db/migrations/0001_init.sql` and on, each applied once, all or none per start. */
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { ADVISORY_LOCKS } from './advisory-locks.ts'
import { codeOf } from './embedded-error.ts'

/** Beside this module, in the sources and in dist alike. */
const DIRECTORY = fileURLToPath(new URL('./migrations', import.meta.url))
const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/
const LOCK_WAIT_SECONDS = 60
const LOCK_NOT_AVAILABLE = '55P03'

export const MIGRATIONS_TABLE = 'pgmigrations'

/**
 * Applies what is missing, in one transaction. Nodes that start together wait for each other.
 * @param log receives one line per applied migration, and PostgreSQL's complaint when one fails
 * @returns the names of the migrations applied now, without extension, oldest first
 * @throws Error when another migration still runs after 60 s, when a file is misnamed or out of order, or the
 *   DatabaseError of a failing statement (nothing is applied then)
 */
export async function migrate(databaseUrl: string, log: (line: string) => void = () => undefined): Promise<string[]> {
  const files = (await readdir(DIRECTORY)).filter((name) => !name.startsWith('.')).toSorted()
  const misnamed = files.filter((name) => !FILE_NAME.test(name))
  if (misnamed.length > 0) throw new Error(`Not a migration's name (0001_what_it_does.sql): ${misnamed.join(', ')} in ${DIRECTORY}`)

  const client = new Client({ connectionString: databaseUrl, application_name: 'truetally migrate' })
  // A connection that breaks fails the statement in flight; without a listener it would end the process as well.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await takeLock(client)
    if (await isUpToDate(client, files)) return []
    // Only now: it brings 5 MB of code that a server would carry for as long as it runs.
    const { runner } = await import('node-pg-migrate')
    const applied = await runner({
      dbClient: client,
      dir: DIRECTORY,
      direction: 'up',
      migrationsTable: MIGRATIONS_TABLE,
      checkOrder: true,
      singleTransaction: true,
      // Taken above: the runner either fails at once or waits for ever.
      noLock: true,
      logger: { info: () => undefined, warn: log, error: log },
    })
    const names = applied.map(({ name }) => name)
    for (const name of names) log(`applied migration ${name}`)
    return names
  } finally {
    // The session's end releases the lock.
    await client.end()
  }
}

/** Whether exactly these files were applied, in this order. Whatever else there is, the runner has the words for it. */
async function isUpToDate(client: Client, files: readonly string[]): Promise<boolean> {
  const { rows: [known] } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [MIGRATIONS_TABLE])
  if (known?.exists !== true) return false
  const { rows } = await client.query<{ name: string }>(`select name from ${MIGRATIONS_TABLE} order by run_on, id`)
  return rows.length === files.length && rows.every(({ name }, place) => `${name}.sql` === files[place])
}

async function takeLock(client: Client): Promise<void> {
  await client.query(`set lock_timeout = '${LOCK_WAIT_SECONDS}s'`)
  try {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCKS.migration])
  } catch (error) {
    if (codeOf(error) !== LOCK_NOT_AVAILABLE) throw error
    throw new Error(
      `Another migration of this database still runs after ${LOCK_WAIT_SECONDS} s. ` +
        `It holds advisory lock ${ADVISORY_LOCKS.migration}: look for it in pg_locks.`,
      { cause: error },
    )
  }
  await client.query('set lock_timeout = 0')
}
