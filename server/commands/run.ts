/** The commands that do one thing and end. They join a running server’s embedded database, or start it for the moment. */
import { PROJECT_DEFAULTS, createProject, newPublicKey } from '../../db/create-project.ts'
import { migrate } from '../../db/migrate.ts'
import { type Pool, createPool, inTransaction } from '../../db/queryable.ts'
import { announceChange } from '../../db/queries/changes.ts'
import { loadProjects } from '../../db/queries/projects.ts'
import { findTallyFaults } from '../../db/queries/tallies.ts'
import { DEMO_KEY, seedDemo } from '../../db/seed.ts'
import { type Config, ConfigError } from '../config.ts'
import type { Role } from '../contract/primitives.ts'
import { normaliseOriginPattern } from '../gate/origins.ts'
import { type Keyring, deriveKeys } from '../tokens/keys.ts'
import { openInstallation } from './installation.ts'
import { createOperatorToken } from './operator-token.ts'

export interface CommandOptions {
  role: Role
  name: string | undefined
  origins: string[]
  print: (text: string) => void
  usage: string
}
type Command = (pool: Pool, keys: Keyring, options: CommandOptions) => Promise<number>

const COMMANDS: Record<string, Command> = {
  'migrate': async (_pool, _keys, { print }) => {
    print('The database is up to date.')
    return 0
  },
  'seed': async (pool, keys, { print }) => {
    await seedDemo(pool, keys.vault, [])
    print(`The demo project is there: ${DEMO_KEY}.`)
    return 0
  },
  'token': async (pool, _keys, { role, name = role, print }) => {
    print(await createOperatorToken(pool, { name, role, projectId: 0 }))
    return 0
  },
  'project list': async (pool, _keys, { print }) => {
    const { projects, origins } = await loadProjects(pool, Date.now())
    for (const { id, publicKey, name, mode } of projects) {
      print(`${id}\t${publicKey}\t${mode}\t${name}\t${origins.filter((o) => o.projectId === id).map((o) => o.origin).join(' ')}`)
    }
    return 0
  },
  'project create': async (pool, keys, { name, origins, print }) => {
    if (name === undefined || name.trim() === '') throw new ConfigError('project create takes --name.')
    const patterns = origins.map((origin) => {
      const pattern = normaliseOriginPattern(origin)
      if (pattern === undefined) throw new ConfigError(`${origin} is not an origin; write https://app.example.com or https://*.example.com.`)
      return pattern
    })
    const publicKey = newPublicKey()
    const { id, secret } = await inTransaction(pool, async (client) => {
      const created = await createProject(client, keys.vault, {
        publicKey, name: name.trim(), origins: patterns, ...PROJECT_DEFAULTS,
      })
      // A server that is running learns of it now.
      await announceChange(client, 'projects')
      return created
    })
    print(`id              ${id}\npublic key      ${publicKey}\nkey id (kid)    ${secret.kid}\nidentity secret ${secret.text}\nThe secret is shown this once.`)
    return 0
  },
  'verify-tallies': async (pool, _keys, { print }) => {
    const { items, votes, faults } = await findTallyFaults(pool)
    for (const { projectId, itemId, stored, recounted } of faults) {
      print(`project ${projectId} item ${itemId}: stored ${JSON.stringify(stored)}, recounted ${JSON.stringify(recounted)}`)
    }
    print(`${votes} votes on ${items} items recounted: ${faults.length === 0 ? 'every tally is true' : `${faults.length} tallies differ`}.`)
    return faults.length === 0 ? 0 : 1
  },
}

/** Returns the exit code. */
export async function runCommand(config: Config, name: string, options: CommandOptions): Promise<number> {
  const command = COMMANDS[name]
  if (command === undefined) throw new ConfigError(`There is no command "${name}".\n\n${options.usage}`)
  return await withDatabase(config, options.print, (pool, masterSecret) => command(pool, deriveKeys(masterSecret), options))
}

/** Runs `work` on the installation’s database, which is brought up to date first and, where this process started it, stopped at the end. */
export async function withDatabase<T>(config: Config, print: (text: string) => void, work: (pool: Pool, masterSecret: string) => Promise<T>): Promise<T> {
  const { databaseUrl, masterSecret, embedded } = await openInstallation(config, { beside: true, log: () => undefined })
  try {
    for (const applied of await migrate(databaseUrl)) print(`applied ${applied}`)
    const pool = createPool(databaseUrl, { statementTimeoutMs: 600_000, onError: () => undefined })
    try {
      return await work(pool, masterSecret)
    } finally {
      await pool.end()
    }
  } finally {
    await embedded?.stop()
  }
}
