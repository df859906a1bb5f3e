/** A PostgreSQL of the bench’s own: the embedded binaries, a fresh directory on disk, the product’s settings and default durability. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { startEmbedded } from '../../../db/embedded.ts'
import { migrate } from '../../../db/migrate.ts'
import { type Pool, createPool } from '../../../db/queryable.ts'
import { deriveKeys } from '../../../server/tokens/keys.ts'
import { MASTER_SECRET, ORIGIN } from '../../helpers/app.ts'
import { type MilledProject, makeMilledProject } from '../../helpers/mill-project.ts'
import { withClient } from '../../helpers/with-client.ts'
import { loadVotes } from './load-votes.ts'

const OBJECT_IN_USE = '55006'
const SPREAD_PROJECTS = 5
const ITEMS_EACH = 10

export interface Boards {
  /** 50 items in five projects. */
  spread: readonly MilledProject[]
  /** One item, of which a moderator said that a crowd will come. */
  hot: MilledProject
}
export interface Cluster {
  /** Postmaster. */
  pid: number
  version: string
  boards: Boards
  /** A database with the boards and without a vote; returns its URL. */
  empty(name: string): Promise<string>
  /** The same with so many votes. */
  filled(name: string, votes: number, print: (text: string) => void): Promise<string>
  /** For one look at a database. */
  look<Result>(url: string, work: (pool: Pool) => Promise<Result>): Promise<Result>
  stop(): Promise<void>
}

async function look<Result>(url: string, work: (pool: Pool) => Promise<Result>): Promise<Result> {
  const pool = createPool(url, { max: 2, statementTimeoutMs: 0, onError: () => undefined })
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}

export async function startCluster(directory: string): Promise<Cluster> {
  const server = await startEmbedded({ dataDir: join(directory, 'data'), temporary: true })
  try {
    const urlOf = (name: string): string => {
      const url = new URL(server.url)
      url.pathname = `/${name}`
      return url.href
    }
    await migrate(server.url)
    const boards = await look(server.url, makeBoards)
    const version = await look(server.url, async (pool) => (await pool.query<{ server_version: string }>('show server_version')).rows[0]?.server_version ?? '')
    const empty: Cluster['empty'] = async (name) => {
      await withClient(urlOf('postgres'), (admin) => copyTemplate(admin, name))
      await withClient(urlOf(name), (client) => client.query(`
        create table bare_votes (project_id integer not null, item_id integer not null, voter uuid not null, cast_at timestamptz not null default now(),
          primary key (project_id, item_id, voter))`))
      return urlOf(name)
    }
    return {
      pid: server.pid, version, boards, empty, look,
      filled: async (name, votes, print) => {
        const url = await empty(name)
        await look(url, (pool) => loadVotes(pool, boards.spread.flatMap(({ project, itemIds }) => itemIds.map((itemId) => ({ projectId: project.id, itemId }))), votes, print))
        return url
      },
      stop: () => server.stop(),
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** Pool#end resolves before its connections have closed, and a database in use is no template. */
async function copyTemplate(admin: Client, name: string): Promise<void> {
  for (let patience = 50; ; patience -= 1) {
    try {
      await admin.query(`create database ${name} template truetally`)
      return
    } catch (error) {
      if ((error as { code?: string }).code !== OBJECT_IN_USE || patience === 0) throw error
      await sleep(100)
    }
  }
}

async function makeBoards(pool: Pool): Promise<Boards> {
  const keyring = deriveKeys(MASTER_SECRET)
  const spread: MilledProject[] = []
  for (let n = 1; n <= SPREAD_PROJECTS; n += 1) {
    spread.push(await makeMilledProject(pool, keyring, { publicKey: `pk_bench_${n}`, origin: ORIGIN, items: ITEMS_EACH }))
  }
  return { spread, hot: await makeMilledProject(pool, keyring, { publicKey: 'pk_bench_hot', origin: ORIGIN, items: 1, expected: { now: Date.now() } }) }
}
