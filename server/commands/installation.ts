/** What every command needs first: a database that answers and the key its secrets are sealed under. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EmbeddedPostgres, findEmbedded, startEmbedded } from '../../db/embedded.ts'
import type { Config } from '../config.ts'

export interface Installation {
  databaseUrl: string
  masterSecret: string
  /** undefined: the database is somebody else’s to run (DATABASE_URL, or the server this command runs beside). */
  embedded: EmbeddedPostgres | undefined
}

/**
 * @param options.beside true for commands that may join the embedded PostgreSQL of a running server
 */
export async function openInstallation(
  config: Config, options: { beside: boolean; log: (line: string) => void },
): Promise<Installation> {
  const masterSecret = config.secret ?? (await ownSecret(config.dataDir))
  if (config.databaseUrl !== undefined) return { databaseUrl: config.databaseUrl, masterSecret, embedded: undefined }
  const running = options.beside ? await findEmbedded(config.dataDir) : undefined
  if (running !== undefined) return { databaseUrl: running, masterSecret, embedded: undefined }
  const embedded = await startEmbedded({ dataDir: config.dataDir, log: options.log })
  return { databaseUrl: embedded.url, masterSecret, embedded }
}

/** The embedded default keeps its own master key beside its data, readable by its owner only. */
async function ownSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secret')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  try {
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(`${randomBytes(32).toString('base64url')}\n`)
      // Losing this file after the first commit would lose every sealed secret.
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const secret = (await readFile(file, 'utf8')).trim()
  if (secret.length < 32) throw new Error(`${file} does not hold a master key; restore it, or remove it together with the data directory`)
  return secret
}
