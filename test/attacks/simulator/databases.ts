/** Databases for the command line: one embedded PostgreSQL in a temporary directory, one migrated copy for each class. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../../db/embedded.ts'
import { migrate } from '../../../db/migrate.ts'
import { withClient } from '../../helpers/with-client.ts'

export interface Databases {
  /** A migrated, empty database. */
  create(): Promise<{ url: string; drop(): Promise<void> }>
  close(): Promise<void>
}

const TEMPLATE = 'simulator_template'

export async function embeddedDatabases({ durable = false } = {}): Promise<Databases> {
  const dataDir = await mkdtemp(join(tmpdir(), 'truetally-attack-'))
  const server = await startEmbedded({ dataDir, durable, temporary: true })
  const urlOf = (name: string): string => {
    const url = new URL(server.url)
    url.pathname = `/${name}`
    return url.href
  }
  const administer = (statement: string): Promise<unknown> => withClient(urlOf('postgres'), (client) => client.query(statement))
  try {
    await administer(`create database ${TEMPLATE}`)
    await migrate(urlOf(TEMPLATE))
  } catch (error) {
    await server.stop()
    throw error
  }
  let made = 0
  return {
    create: async () => {
      made += 1
      const name = `simulator_${made}`
      await administer(`create database ${name} template ${TEMPLATE}`)
      // The whole cluster goes with the run.
      return { url: urlOf(name), drop: async () => undefined }
    },
    close: () => server.stop(),
  }
}
