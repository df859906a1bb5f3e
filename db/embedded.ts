/**
 * Real PostgreSQL for one machine, from npm packages, without an installation: the default when DATABASE_URL is not set.
 *
 * Decisions: a private unix socket and no TCP, so there is no password to lose; one process per data directory; durable
 * unless told otherwise; no orphan however node ends (see embedded-process.ts); the same under root, under nobody and in
 * containers (see embedded-identity.ts).
 */
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { locateBinaries } from './embedded-binaries.ts'
import { awaitVacancy, describeUse, findWinner, OWNER_FILE, readPid, readSocketDir, readStatus } from './embedded-claim.ts'
import { ensureCluster, SUPERUSER } from './embedded-cluster.ts'
import { EmbeddedPostgresError } from './embedded-error.ts'
import { chooseIdentity, own } from './embedded-identity.ts'
import { type PostgresExit, type PostgresProcess, spawnPostgres } from './embedded-process.ts'

export interface EmbeddedPostgres {
  /** A connection string for node-postgres, to the database `truetally`, as its superuser. */
  readonly url: string
  /** Process id of the postmaster. */
  readonly pid: number
  /** Resolves when postgres has ended; `expected` is false when nobody called stop(). Never rejects. */
  readonly exited: Promise<PostgresExit>
  /** Ends all sessions and shuts down; resolves when postgres is gone. Calling it again waits for the same end. */
  stop(): Promise<void>
}

const DATABASE = 'truetally'
/** Recovery after a crash replays at most max_wal_size (1 GB). */
const READY_MS = 120_000
/** sun_path is 108 bytes on Linux and 104 on macOS, with a closing zero. */
const SOCKET_PATH_MAX = 103
const SOCKET_NAME = '.s.PGSQL.5432'

/**
 * Starts PostgreSQL on `dataDir` (made when missing; the cluster is its sub-directory `postgres`).
 * @param options.durable default true; false turns fsync and its kin off, for tests
 * @param options.temporary default false; true removes `dataDir` when the server has stopped, also when node was killed
 * @param options.log receives what PostgreSQL reports, a line at a time; errors of single statements are not among it,
 *   their client has them
 * @throws EmbeddedPostgresError
 */
export async function startEmbedded(options: {
  dataDir: string
  durable?: boolean
  temporary?: boolean
  log?: (line: string) => void
}): Promise<EmbeddedPostgres> {
  const { durable = true, temporary = false, log = () => undefined } = options
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const dataDir = await realpath(resolve(options.dataDir))
  const pgData = join(dataDir, 'postgres')
  const runDir = join(dataDir, 'run')
  await awaitVacancy(dataDir, pgData, runDir)

  const binaries = await locateBinaries(dataDir)
  await mkdir(runDir, { recursive: true, mode: 0o700 })
  await chmod(runDir, 0o700)
  const identity = await chooseIdentity(binaries.postgres, runDir)
  if (await ensureCluster(dataDir, pgData, { binaries, identity, durable })) log(`created a database cluster in ${pgData}`)

  const deep = !fitsSocket(runDir)
  const socketDir = deep ? await makeShortDirectory() : runDir
  await own(socketDir, identity)
  const server = await spawnPostgres([binaries.postgres, '-D', pgData, ...settings(socketDir, durable)], {
    identity,
    cwd: dataDir,
    removeAtEnd: [...(deep ? [socketDir] : []), ...(temporary ? [dataDir] : [])],
    log,
  })
  try {
    await awaitReady(server, pgData)
    await ensureDatabase(socketDir)
  } catch (error) {
    await server.stop()
    const winner = await findWinner(pgData)
    if (winner !== undefined) throw await describeUse(dataDir, winner)
    throw error
  }
  const ownerFile = join(dataDir, OWNER_FILE)
  await writeFile(ownerFile, `${process.pid}\n`)
  server.release()

  return {
    url: urlOf(socketDir, DATABASE),
    pid: server.pid,
    exited: server.exited,
    async stop() {
      await server.stop()
      if ((await readPid(ownerFile)) === process.pid) await rm(ownerFile, { force: true })
    },
  }
}

/** The connection string of the server another process runs on `dataDir`, for commands beside it; undefined when none runs. */
export async function findEmbedded(dataDir: string): Promise<string | undefined> {
  const socketDir = await readSocketDir(join(resolve(dataDir), 'postgres'))
  return socketDir === undefined ? undefined : urlOf(socketDir, DATABASE)
}

/** Ready is what the postmaster's own lock file says, as pg_ctl reads it: asking too early would fill the log with refusals. */
async function awaitReady(server: PostgresProcess, pgData: string): Promise<void> {
  const deadline = Date.now() + READY_MS
  while ((await readStatus(pgData, server.pid)) !== 'ready') {
    const end = await Promise.race([sleep(10, undefined), server.exited])
    if (end !== undefined) {
      const words = end.lastLines.join('\n')
      throw new EmbeddedPostgresError('start_failed', `PostgreSQL ended with status ${end.code} while starting:\n${words}`)
    }
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError('start_failed', `PostgreSQL was not ready after ${READY_MS / 1000} s.`)
    }
  }
}

async function ensureDatabase(socketDir: string): Promise<void> {
  const client = new Client({ connectionString: urlOf(socketDir, 'postgres') })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}

/** Node-postgres takes the socket's directory from `host`; what stands between @ and / is then ignored. */
function urlOf(socketDir: string, database: string): string {
  return `postgresql://${SUPERUSER}@localhost/${database}?host=${encodeURIComponent(socketDir)}`
}

async function makeShortDirectory(): Promise<string> {
  // mkdtemp makes it 0700 and ours; the watching shell removes it.
  const parent = fitsSocket(join(tmpdir(), 'truetally-XXXXXX')) ? tmpdir() : '/tmp'
  return realpath(await mkdtemp(join(parent, 'truetally-')))
}

function fitsSocket(directory: string): boolean {
  return Buffer.byteLength(join(directory, SOCKET_NAME)) <= SOCKET_PATH_MAX
}

/** Of the machine, or of the container it runs in. */
function memoryBytes(): number {
  const limit = process.constrainedMemory() ?? 0
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/**
 * An eighth of the memory, for the server and everything else are there as well. What does not fit is read and written again and
 * again while votes come: with 64 MB and ten million votes, a vote's key is hardly ever there.
 */
export function sharedBuffersMb(bytes: number): number {
  return Math.min(1024, Math.max(64, Math.floor(bytes / 8 / 2 ** 20)))
}

function settings(socketDir: string, durable: boolean): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: '',
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    max_connections: 100,
    shared_buffers: `${sharedBuffersMb(memoryBytes())}MB`,
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A level above statement errors: those go to the client that caused them, and a flood of them must not fill a log.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    log_line_prefix: '',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum_naptime: '10min' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
