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
import { projectNamed } from './accounts.ts'
import { auditCommand, auditSeed, verifyAuditLog } from './audit.ts'
import { openInstallation } from './installation.ts'
import { createOperatorToken } from './operator-token.ts'

export interface CommandOptions {
  role: Role
  name: string | undefined
  /** Public key or id; undefined: all projects. */
  project: string | undefined
  origins: string[]
  /** Of an earlier `audit verify`. */
  head: string | undefined
  print: (text: string) => void
  usage: string
}
/** `server`: where one listens that is started with the same environment. */
type Command = (pool: Pool, keys: Keyring, options: CommandOptions & { server: string }) => Promise<number>

const COMMANDS: Record<string, Command> = {
  'migrate': async (_pool, _keys, { print }) => {
    print('The database is up to date.')
    return 0
  },
  'seed': async (pool, keys, { print }) => {
    await seedDemo(pool, keys.vault, [], auditSeed)
    print(`The demo project is there: ${DEMO_KEY}.`)
    return 0
  },
  'token': async (pool, _keys, { role, name = role, project, print }) => {
    const projectId = await projectNamed(pool, project)
    print(await inTransaction(pool, async (client) => {
      const token = await createOperatorToken(client, { name, role, projectId })
      await auditCommand(client, { action: 'token.create', target: name, projectId, after: { name, role, projectId } })
      return token
    }))
    return 0
  },
  'project list': async (pool, _keys, { print }) => {
    const { projects, origins } = await loadProjects(pool, Date.now())
    for (const { id, publicKey, name, mode } of projects) {
      print(`${id}\t${publicKey}\t${mode}\t${name}\t${origins.filter((o) => o.projectId === id).map((o) => o.origin).join(' ')}`)
    }
    return 0
  },
  'project create': async (pool, keys, { name, origins, print, server }) => {
    if (name === undefined || name.trim() === '') throw new ConfigError('project create takes --name.')
    // Without one nobody sees the board, and it takes an admin’s call to add one.
    if (origins.length === 0) throw new ConfigError('project create takes at least one --origin, such as https://app.example.com.')
    const patterns = origins.map((origin) => {
      const pattern = normaliseOriginPattern(origin)
      if (pattern === undefined) throw new ConfigError(`${origin} is not an origin; write https://app.example.com or https://*.example.com.`)
      return pattern
    })
    const publicKey = newPublicKey()
    const draft = { publicKey, name: name.trim(), origins: patterns, ...PROJECT_DEFAULTS }
    const { id, secret } = await inTransaction(pool, async (client) => {
      const created = await createProject(client, keys.vault, draft)
      // A server that is running learns of it now.
      await announceChange(client, 'projects')
      await auditCommand(client, { action: 'project.create', target: String(created.id), projectId: created.id, after: { ...draft, kid: created.secret.kid } })
      return created
    })
    print(`id              ${id}\npublic key      ${publicKey}\nkey id (kid)    ${secret.kid}\nidentity secret ${secret.text}\nThe secret is shown this once.`)
    print(`\nIn your pages, with your server’s public address:\n  <script src="${server}/widget.js" data-project="${publicKey}" async></script>\n  <div data-truetally="board"></div>`)
    print(`Add items: ${server}/dashboard/board`)
    return 0
  },
  'audit verify': async (pool, _keys, { head, print }) => await verifyAuditLog(pool, head, print),
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
  return await withDatabase(config, options.print, (pool, masterSecret) => command(pool, deriveKeys(masterSecret), { ...options, server: `http://localhost:${config.port}` }))
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
