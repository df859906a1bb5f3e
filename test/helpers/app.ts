/** The real server on a database of its own, with a clock that moves only when a test says so. */
import { randomBytes } from 'node:crypto'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { createProject } from '../../db/create-project.ts'
import { inTransaction } from '../../db/queryable.ts'
import { insertItem } from '../../db/queries/items.ts'
import { buildApp } from '../../server/app.ts'
import type { AppOptions } from '../../server/app-options.ts'
import { createOperatorToken } from '../../server/commands/operator-token.ts'
import { readRules } from '../../server/commands/rule-files.ts'
import { defaultPolicy } from '../../server/gate/policies/default.ts'
import type { Policy } from '../../server/gate/policies/policy.ts'
import type { BlockKind, Role } from '../../server/contract/primitives.ts'
import type { SecurityEvent } from '../../server/contract/security.ts'
import type { RuleLibrary } from '../../server/watch/language/library.ts'
import { createDatabase } from './database.ts'

export const WIDGET_DIR = fileURLToPath(new URL('../../dist/widget', import.meta.url))
/** DASHBOARD_DIR names another build of it, such as one that is just being worked on. */
export const DASHBOARD_DIR = process.env['DASHBOARD_DIR'] ?? fileURLToPath(new URL('../../dist/dashboard', import.meta.url))
export const ORIGIN = 'https://shop.example'
export const MASTER_SECRET = 'a master secret that only tests use, long enough'

/** The shipped policy for clients that send nothing but their vote, as most tests do. */
export const lenientPolicy: Policy = {
  ...defaultPolicy,
  version: 'lenient',
  challenge: null,
  bands: {
    ...defaultPolicy.bands,
    'PUT vote': defaultPolicy.bands['PUT vote'].map((rule) => (rule.band === 'log' ? { ...rule, from: 0.5 } : rule)).toSorted((a, b) => a.from - b.from),
  },
  weights: { ...defaultPolicy.weights, 'missing-signals': 0, 'missing-browser-headers': 0 },
}

/** Read once for all the apps of a test file. */
let rules: Promise<RuleLibrary> | undefined
export const shippedRules = (): Promise<RuleLibrary> => (rules ??= readRules({ rulesDir: undefined }))

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
  /** A new Authorization header value; `projectId` 0 is every project. */
  operatorToken(role: Role, projectId?: number): Promise<string>
  close(): Promise<void>
}

/** `options.databaseUrl` shares another app’s database: a second node. */
export async function startApp(options: Partial<AppOptions> = {}): Promise<TestApp> {
  const database = options.databaseUrl === undefined ? await createDatabase() : undefined
  const databaseUrl = options.databaseUrl ?? (database as NonNullable<typeof database>).url
  const clock = { now: Math.floor(Date.now() / 60_000) * 60_000 }
  const app = await buildApp({
    masterSecret: MASTER_SECRET, widgetDir: WIDGET_DIR, version: '0.0.0-test', logLevel: 'silent', clock: () => clock.now,
    // What is held for want of work, signals or time is asked for by the tests that are about it.
    policy: lenientPolicy, watchEveryMs: 0, probeEveryMs: 0, notifyEveryMs: 0, rules: await shippedRules(),
    // What one node changes another has heard of, then, and not come upon.
    rereadMs: 3_600_000,
    // Test clocks jump: a starved second on a busy machine must not count as lasting load.
    pressure: { read: () => false }, boardEveryMs: 0,
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
  const token: TestApp['operatorToken'] = async (role, projectId = 0) =>
    `Bearer ${await createOperatorToken(app.db, { name: `a ${role}`, role, projectId })}`
  return {
    app, databaseUrl, clock, addProject, operatorToken: token,
    project: await addProject(),
    operators: { viewer: await token('viewer'), moderator: await token('moderator'), admin: await token('admin') },
    close: async () => {
      await app.close()
      await database?.drop()
    },
  }
}

/** The ledger as a viewer reads it, newest first; reading flushes what this node holds. */
export async function readEvents(test: TestApp, query: Record<string, string> = {}): Promise<SecurityEvent[]> {
  const answer = await test.app.inject({
    url: '/api/security/v1/events', query: { limit: '200', ...query }, headers: { authorization: test.operators.viewer },
  })
  if (answer.statusCode !== 200) throw new Error(`the events answered ${answer.statusCode}: ${answer.body}`)
  return answer.json<{ events: SecurityEvent[] }>().events
}

/** A moderator’s block, for an hour by the test’s clock unless it says otherwise. Returns its id. */
export async function blockSource(
  test: TestApp, project: TestProject, kind: BlockKind, value: string, expiresAt = test.clock.now + 3_600_000,
): Promise<string> {
  const answer = await test.app.inject({
    method: 'POST', url: '/api/moderation/v1/blocks', headers: { authorization: test.operators.moderator },
    payload: { project: project.key, kind, value, reason: 'a test says so', expiresAt },
  })
  if (answer.statusCode !== 201) throw new Error(`the block answered ${answer.statusCode}: ${answer.body}`)
  return answer.json<{ id: string }>().id
}

export interface DatabaseCable {
  /** For `startApp({ databaseUrl })`: the same database, by way of this process. */
  url: string
  /** Ends every connection, and refuses new ones until it is plugged in again. */
  unplug(): void
  plugIn(): void
  /** Nothing comes through the present connections of that application any more, and no end of them either. Returns how many. */
  silence(application: string): number
  close(): Promise<void>
}

/** A database that can be pulled out from under a server. */
export async function cableTo(databaseUrl: string): Promise<DatabaseCable> {
  const target = new URL(databaseUrl)
  const socketDir = target.searchParams.get('host')
  const port = Number(target.port || 5432)
  const open = new Set<Socket>()
  const pairs = new Map<Socket, { far: Socket; startup: string }>()
  let plugged = true
  const server = createServer((near) => {
    if (!plugged) {
      near.destroy()
      return
    }
    const far = socketDir === null ? connect(port, target.hostname) : connect(`${socketDir}/.s.PGSQL.${port}`)
    pairs.set(near, { far, startup: '' })
    near.once('data', (chunk) => pairs.set(near, { far, startup: chunk.toString('latin1') }))
    near.on('close', () => pairs.delete(near))
    for (const [one, other] of [[near, far], [far, near]] as const) {
      open.add(one)
      one.pipe(other)
      // A pulled cable is heard as an error or as an end, whichever comes first; either way both halves are gone.
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const unplug = (): void => {
    plugged = false
    for (const socket of open) socket.destroy()
  }
  return {
    url: url.href,
    unplug,
    plugIn: () => void (plugged = true),
    silence: (application) => {
      const silent = [...pairs].filter(([, { startup }]) => startup.includes(`application_name\0${application}\0`))
      for (const [near, { far }] of silent) {
        near.unpipe(far)
        far.unpipe(near)
        near.resume()
        far.resume()
      }
      return silent.length
    },
    close: () => new Promise((resolve) => {
      unplug()
      server.close(() => resolve())
    }),
  }
}
