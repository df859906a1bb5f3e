/**
 * One process per data directory. The claim is the running postgres itself, never a file: files only say which process to
 * look at, so a `kill -9` or a power cut leaves nothing that blocks. PostgreSQL's own lock decides what is left of races.
 */
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { codeOf, EmbeddedPostgresError } from './embedded-error.ts'

/** After its node process died, postgres shuts down by itself: a checkpoint and the end of its sessions. */
const PASSING_MS = 30_000
/** How long a lock file without a word in it may be one that is being written; a crash may have left it so, too. */
const NAMELESS_MS = 10_000

/** Holds the id of the node process that started postgres; only read while that postgres runs. */
export const OWNER_FILE = 'owner.pid'
const POSTMASTER_FILE = 'postmaster.pid'

/**
 * Returns once no postgres runs in `pgData`, and clears lock files whose process id now belongs to something else
 * (usual in containers, where ids repeat; PostgreSQL itself would refuse to start then).
 * @throws EmbeddedPostgresError `directory_in_use`, at once when the other node process lives, else after 30 s
 */
export async function awaitVacancy(dataDir: string, pgData: string, socketDir: string): Promise<void> {
  const deadline = Date.now() + PASSING_MS
  for (;;) {
    const postmaster = await findServing(pgData)
    if (postmaster === undefined) break
    const owner = await readPid(join(dataDir, OWNER_FILE))
    if ((owner !== undefined && isAlive(owner)) || Date.now() > deadline) throw await describeUse(dataDir, postmaster)
    await sleep(50)
  }
  await dropStaleLock(join(pgData, POSTMASTER_FILE), pgData)
  await dropStaleLock(join(socketDir, '.s.PGSQL.5432.lock'), pgData)
}

/** The process id of the postgres that runs in `pgData`, or undefined. */
export async function findServing(pgData: string): Promise<number | undefined> {
  const pid = await readPid(join(pgData, POSTMASTER_FILE))
  return pid !== undefined && (await isServing(pid, pgData)) ? pid : undefined
}

/**
 * Whom a postgres that ended found in its place; undefined: nobody. PostgreSQL makes its lock file first and writes into it then: as
 * long as there is nothing in it, its owner may be about to.
 */
export async function findWinner(pgData: string): Promise<number | undefined> {
  const lock = join(pgData, POSTMASTER_FILE)
  for (const deadline = Date.now() + NAMELESS_MS; (await readIfThere(lock)) === '' && Date.now() < deadline; ) await sleep(20)
  return await findServing(pgData)
}

/** What the postmaster `pid` says of itself (`starting`, `ready`, `stopping`); undefined when the directory is not its. */
export async function readStatus(pgData: string, pid: number): Promise<string | undefined> {
  const lines = ((await readIfThere(join(pgData, POSTMASTER_FILE))) ?? '').split('\n')
  // src/include/utils/pidfile.h: line 1 is the process id, line 8 the status, padded with blanks.
  return lines[0] === String(pid) ? lines[7]?.trim() : undefined
}

/** The socket directory of the postgres that runs in `pgData` (line 5 of its lock file); undefined when none runs. */
export async function readSocketDir(pgData: string): Promise<string | undefined> {
  if ((await findServing(pgData)) === undefined) return undefined
  return ((await readIfThere(join(pgData, POSTMASTER_FILE))) ?? '').split('\n')[4]?.trim() || undefined
}

/** The error that tells whom to stop. */
export async function describeUse(dataDir: string, postmaster: number): Promise<EmbeddedPostgresError> {
  const owner = await readPid(join(dataDir, OWNER_FILE))
  const by = owner !== undefined && isAlive(owner) ? `process ${owner}` : 'another process'
  return new EmbeddedPostgresError(
    'directory_in_use',
    `The data directory ${dataDir} is in use by ${by} (its PostgreSQL is process ${postmaster}). ` +
      'Stop it, or choose another directory with TRUETALLY_DATA_DIR.',
  )
}

/** The number on a file's first line; undefined when there is no such file or number. */
export async function readPid(file: string): Promise<number | undefined> {
  const pid = Number.parseInt((await readIfThere(file)) ?? '', 10)
  return pid > 0 ? pid : undefined
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function dropStaleLock(lock: string, pgData: string): Promise<void> {
  const pid = await readPid(lock)
  // A dead process's lock is PostgreSQL's to judge: it also looks for surviving backends.
  if (pid !== undefined && isAlive(pid) && !(await isServing(pid, pgData))) await rm(lock, { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Whether this process is a postgres started on this very directory. */
async function isServing(pid: number, pgData: string): Promise<boolean> {
  if (process.platform === 'linux') {
    try {
      const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
      return args.includes(pgData) && args.some((arg) => basename(arg) === 'postgres')
    } catch (error) {
      // ESRCH: it ended between open and read.
      if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return false
      throw error
    }
  }
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)])
    return stdout.includes('postgres') && stdout.includes(pgData)
  } catch (error) {
    // ps ends with 1 when there is no such process.
    if ((error as { code?: unknown }).code === 1) return false
    throw error
  }
}
