/** The real server on a database of its own, with a clock that moves only when a test says so. */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { createProject } from '../../db/create-project.ts'
import { inTransaction } from '../../db/queryable.ts'
import { insertItem } from '../../db/queries/items.ts'
import { type AppOptions, buildApp } from '../../server/app.ts'
import { createOperatorToken } from '../../server/commands/operator-token.ts'
import type { Role } from '../../server/contract/primitives.ts'
import { createDatabase } from './database.ts'

export const WIDGET_DIR = fileURLToPath(new URL('../../dist/widget', import.meta.url))
export const ORIGIN = 'https://shop.example'
export const MASTER_SECRET = 'a master secret that only tests use, long enough'

export interface TestProject {
  id: number
  key: string
  /** Item ids in board order: three open ones. */
  items: [string, string, string]
  identity: { kid: string; secret: string }
}

export interface TestApp {
  app: FastifyInstance
  databaseUrl: string
  project: TestProject
  /** Authorization header values. */
  operators: Record<Role, string>
  /** Starts at a whole minute, so that windows begin empty. */
  clock: { now: number }
  addProject(options?: Partial<Parameters<typeof createProject>[2]>): Promise<TestProject>
  close(): Promise<void>
}

/** `options.databaseUrl` shares another app’s database: a second node. */
export async function startApp(options: Partial<AppOptions> = {}): Promise<TestApp> {
  const database = options.databaseUrl === undefined ? await createDatabase() : undefined
  const databaseUrl = options.databaseUrl ?? (database as NonNullable<typeof database>).url
  const clock = { now: Math.floor(Date.now() / 60_000) * 60_000 }
  const app = await buildApp({
    masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR, version: '0.0.0-test', logLevel: 'silent', clock: () => clock.now,
    ...options, databaseUrl,
  })
  await app.ready()

  const addProject: TestApp['addProject'] = async (overrides = {}) => {
    const key = `pk_${randomBytes(9).toString('base64url')}`
    const made = await inTransaction(app.db, async (client) => {
      const { id, secret } = await createProject(client, app.keys.vault, {
        publicKey: key, name: 'Shop', origins: [ORIGIN], mode: 'open', fingerprint: 'on', dedup: 'hold', ...overrides,
      })
      const items: string[] = []
      for (const title of ['Gift cards', 'Wish lists', 'Dark mode']) {
        items.push(String(await insertItem(client, id, { title, description: '', status: 'open', position: items.length })))
      }
      return { id, key: overrides.publicKey ?? key, items: items as TestProject['items'], identity: { kid: secret.kid, secret: secret.text } }
    })
    await app.projects.reload()
    return made
  }
  const token = async (role: Role): Promise<string> => `Bearer ${await createOperatorToken(app.db, { name: `a ${role}`, role, projectId: 0 })}`
  return {
    app, databaseUrl, clock, addProject,
    project: await addProject(),
    operators: { viewer: await token('viewer'), moderator: await token('moderator'), admin: await token('admin') },
    close: async () => {
      await app.close()
      await database?.drop()
    },
  }
}
