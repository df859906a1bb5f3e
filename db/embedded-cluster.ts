/** The files of a database cluster: made once, complete or not at all. */
import { execFile } from 'node:child_process'
import { mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PostgresBinaries } from './embedded-binaries.ts'
import { codeOf, EmbeddedPostgresError } from './embedded-error.ts'
import { type Identity, own } from './embedded-identity.ts'

export const SUPERUSER = 'truetally'

const FRESH = 'postgres.new-'
const ABANDONED_MS = 10 * 60_000

/**
 * Makes `dataDir/postgres` when it is missing: initdb works in a directory beside it that is renamed when complete, so an
 * interrupted first start leaves no half cluster.
 * @returns whether a cluster was made
 * @throws EmbeddedPostgresError `incompatible_data`, `start_failed`
 */
export async function ensureCluster(
  dataDir: string,
  pgData: string,
  { binaries, identity, durable }: { binaries: PostgresBinaries; identity: Identity; durable: boolean },
): Promise<boolean> {
  const major = await readMajor(pgData)
  if (major === binaries.major) {
    await own(pgData, identity)
    return false
  }
  if (major !== undefined) {
    throw new EmbeddedPostgresError(
      'incompatible_data',
      `${pgData} was written by PostgreSQL ${major}; the binaries are ${binaries.major}. ` +
        'Dump it with the version that wrote it, or choose another directory with TRUETALLY_DATA_DIR.',
    )
  }
  await removeAbandoned(dataDir)
  const fresh = await mkdtemp(join(dataDir, FRESH))
  try {
    await own(fresh, identity)
    await initialise(fresh, { binaries, identity, durable })
    await rename(fresh, pgData)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Another process finished first: its cluster is as good as ours.
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '') && (await readMajor(pgData)) !== undefined) return false
    throw error
  }
  // Without it a power cut could undo the rename but keep what was committed since.
  const directory = await open(dataDir)
  await directory.sync()
  await directory.close()
  return true
}

async function initialise(
  directory: string,
  { binaries, identity, durable }: { binaries: PostgresBinaries; identity: Identity; durable: boolean },
): Promise<void> {
  const options = [`--pgdata=${directory}`, `--username=${SUPERUSER}`, '--encoding=UTF8', '--locale=C', '--no-instructions']
  // Trust is safe here: the only way in is a socket in a directory that only we can enter.
  options.push('--auth-local=trust', '--auth-host=reject')
  if (!durable) options.push('--no-sync')
  const [file = binaries.initdb, ...args] = [...identity.prefix, binaries.initdb, ...options]
  try {
    // The locale of the messages follows the environment otherwise.
    await promisify(execFile)(file, args, { ...identity.ids, cwd: directory, env: { ...process.env, LC_ALL: 'C' } })
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new EmbeddedPostgresError('start_failed', `initdb failed:\n${(stderr ?? '').trim() || message}`, { cause: error })
  }
}

async function readMajor(pgData: string): Promise<string | undefined> {
  try {
    return (await readFile(join(pgData, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** What a first start that was killed left behind; ten minutes old, so that nobody is still at it. */
async function removeAbandoned(dataDir: string): Promise<void> {
  const names = (await readdir(dataDir)).filter((name) => name.startsWith(FRESH))
  await Promise.all(
    names.map(async (name) => {
      const path = join(dataDir, name)
      if ((await ageOf(path)) > ABANDONED_MS) await rm(path, { recursive: true, force: true })
    }),
  )
}

/** In milliseconds; none where another first start has just renamed it, or taken it away. */
async function ageOf(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}
