/** A migrated database of its own for a test file, copied from the run's template. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { inject } from 'vitest'
import { withClient } from './with-client.ts'

export interface TestDatabase {
  /** Connection string for node-postgres. */
  readonly url: string
  /** Waits a moment for sessions that are closing, ends the others, and drops it. */
  drop(): Promise<void>
}

/** Pool#end resolves before its connections have closed; ending those by force makes node-postgres throw. What is left then was forgotten. */
const CLOSING_MS = 10_000

/**
 * @param options.empty true for a database without any table, to migrate in the test
 */
export async function createDatabase({ empty = false }: { empty?: boolean } = {}): Promise<TestDatabase> {
  const { adminUrl, template } = inject('databaseServer')
  const name = `${template}_${randomBytes(5).toString('hex')}`
  await withClient(adminUrl, (admin) => admin.query(`create database ${name} template ${empty ? 'template0' : template}`))
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () =>
      withClient(adminUrl, async (admin) => {
        await awaitSessionsEnd(admin, name)
        await admin.query(`drop database if exists ${name} with (force)`)
      }),
  }
}

async function awaitSessionsEnd(admin: Client, name: string): Promise<void> {
  const deadline = Date.now() + CLOSING_MS
  while (Date.now() < deadline) {
    const { rowCount } = await admin.query('select 1 from pg_stat_activity where datname = $1', [name])
    if (rowCount === 0) return
    await sleep(10)
  }
}
