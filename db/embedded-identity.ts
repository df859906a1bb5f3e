/**
 * Whom PostgreSQL runs as. It refuses user id 0, so for root the first way that works here is taken:
 * 1. a user namespace that shows root as nobody: files stay root's, and any path root owns is reachable
 * 2. the user id of nobody, keeping the right to pass closed directories (containers that refuse namespaces)
 * 3. the user id of nobody, plainly
 * Each is tried for real: enter a directory beside the run directory, write there, run the binary. Everybody else runs it as themselves.
 */
import { execFile } from 'node:child_process'
import { chmod, chown, lchown, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { codeOf, EmbeddedPostgresError } from './embedded-error.ts'

const NOBODY = 65534
const run = promisify(execFile)

export interface Identity {
  /** What to put before a command line. */
  readonly prefix: readonly string[]
  /** Options for spawn. */
  readonly ids: { readonly uid?: number; readonly gid?: number }
  /** Who has to own the data; undefined: whoever owns it now. */
  readonly owner: number | undefined
}

const AS_OURSELVES: Identity = { prefix: [], ids: {}, owner: undefined }

const INSTEAD_OF_ROOT: readonly Identity[] = [
  { prefix: ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--'], ids: {}, owner: 0 },
  {
    prefix: [
      'setpriv',
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      '--inh-caps=+dac_override',
      '--ambient-caps=+dac_override',
      '--',
    ],
    ids: {},
    owner: NOBODY,
  },
  { prefix: [], ids: { uid: NOBODY, gid: NOBODY }, owner: NOBODY },
]

/**
 * @param postgres path of the binary
 * @param runDir an existing directory the server must be able to write to; its owner is changed to fit, once that is known
 * @throws EmbeddedPostgresError `unsupported` when the binary runs in none of the ways, with what each said
 */
export async function chooseIdentity(postgres: string, runDir: string): Promise<Identity> {
  const refusals: string[] = []
  for (const identity of process.getuid?.() === 0 ? INSTEAD_OF_ROOT : [AS_OURSELVES]) {
    // One after the other: the first that works is taken.
    const refusal = await tryIdentity(identity, postgres, dirname(runDir))
    if (refusal === undefined) {
      await own(runDir, identity)
      return identity
    }
    refusals.push(`${identity.prefix[0] ?? 'directly'}: ${refusal}`)
  }
  throw new EmbeddedPostgresError(
    'unsupported',
    `The embedded PostgreSQL does not run on this machine (it needs glibc on Linux, and as root a way to another user id). ` +
      `Set DATABASE_URL to a PostgreSQL 15 or newer.\n${refusals.join('\n')}`,
  )
}

async function tryIdentity(identity: Identity, postgres: string, dataDir: string): Promise<string | undefined> {
  // A directory of its own: another opener may be trying at the same moment, or have tried and started its PostgreSQL, and what is
  // given to each identity in turn must not be the directory that one runs in.
  const directory = await mkdtemp(join(dataDir, '.probe-'))
  try {
    await own(directory, identity)
    // Without rights of its own nobody has to pass through root's directory; listing it stays root's.
    if (identity.ids.uid !== undefined) await chmod(dataDir, (await stat(dataDir)).mode | 0o011)
    const script = 'cd "$1" && : > file && rm file && exec "$2" --version'
    const [file = '/bin/sh', ...args] = [...identity.prefix, '/bin/sh', '-c', script, 'sh', directory, postgres]
    return await run(file, args, { ...identity.ids, timeout: 20_000 }).then(() => undefined, wordsOf)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const wordsOf = ({ stderr, message }: Error & { stderr?: string }): string => (stderr ?? '').trim() || message

/** Gives a directory and what is in it to the identity's owner, when it is not already theirs. */
export async function own(directory: string, { owner }: Identity): Promise<void> {
  if (owner === undefined || (await stat(directory)).uid === owner) return
  for (const entry of await readdir(directory, { recursive: true })) {
    // A data directory has about a thousand files; one at a time keeps the number of open calls flat.
    await lchown(join(directory, entry), owner, owner).catch((error: unknown) => {
      // A PostgreSQL that another opener started takes its files away as it ends.
      if (codeOf(error) !== 'ENOENT') throw error
    })
  }
  // Last, so that an interrupted run is repeated.
  await chown(directory, owner, owner)
}
