import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { type EmbeddedPostgres, startEmbedded } from '../../db/embedded.ts'
import { locateBinaries } from '../../db/embedded-binaries.ts'
import { chooseIdentity } from '../../db/embedded-identity.ts'
import { withClient } from '../helpers/with-client.ts'

describe('embedded PostgreSQL', () => {
  let dataDir: string
  const started: EmbeddedPostgres[] = []

  beforeEach(async () => {
    dataDir = await mkdtemp(join(inject('databaseServer').scratch, 'embedded-'))
  })

  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()))
    await rm(dataDir, { recursive: true, force: true })
  })

  async function open(directory = dataDir): Promise<EmbeddedPostgres> {
    const server = await startEmbedded({ dataDir: directory })
    started.push(server)
    return server
  }

  test('a second start finds the data of the first, and durability is on', async () => {
    const first = await open()
    await ask(first.url, 'create table kept as select 42 as answer')
    await first.stop()
    expect(isRunning(first.pid)).toBe(false)
    expect((await first.exited).expected).toBe(true)

    const second = await open()
    expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
    expect(await ask(second.url, "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')")).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'full_page_writes', setting: 'on' },
      { name: 'synchronous_commit', setting: 'on' },
    ])
  })

  test('nothing listens on the network, and encoding, locale and time zone do not follow the machine', async () => {
    const { url } = await open()
    expect(await ask(url, "select current_setting('listen_addresses') as addresses, current_setting('server_encoding') as encoding")).toEqual([
      { addresses: '', encoding: 'UTF8' },
    ])
    expect(await ask(url, 'select datcollate as locale from pg_database where datname = current_database()')).toEqual([{ locale: 'C' }])
    expect(await ask(url, "select current_setting('timezone') as zone")).toEqual([{ zone: 'UTC' }])
  })

  test('kill -9 of node ends its postgres within seconds, and what was committed is still there', async () => {
    const child = await openInChild()
    child.process.kill('SIGKILL')
    await until(() => !isRunning(child.postgres), 50_000)

    const { url } = await open()
    expect(await ask(url, 'select word from kept')).toEqual([{ word: 'committed' }])
  })

  test('a start right after kill -9 waits for the old postgres instead of refusing', async () => {
    const child = await openInChild()
    child.process.kill('SIGKILL')
    await once(child.process, 'exit')
    const { url } = await open()
    expect(await ask(url, 'select word from kept')).toEqual([{ word: 'committed' }])
  })

  test('kill -9 of postgres itself is reported as unexpected, and the data opens again', async () => {
    const first = await open()
    await ask(first.url, 'create table kept as select 42 as answer')
    process.kill(first.pid, 'SIGKILL')
    expect(await first.exited).toMatchObject({ expected: false, code: 137 })
    await first.stop()

    const second = await open()
    expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  })

  test('Ctrl-C reaches node and not postgres, so that the server can drain', async () => {
    const child = await openInChild()
    // What a terminal does: SIGINT to the whole foreground process group, which the child leads.
    process.kill(-child.process.pid, 'SIGINT')
    expect(await child.nextLine()).toBe('draining')
    await sleep(200)
    expect(isRunning(child.postgres)).toBe(true)
    child.process.kill('SIGKILL')
    await until(() => !isRunning(child.postgres), 50_000)
  })

  test('a second opener of the same directory is refused, with the process and the directory named', async () => {
    const child = await openInChild()
    await expect(open()).rejects.toMatchObject({
      code: 'directory_in_use',
      message: expect.stringMatching(new RegExp(`${dataDir}.*process ${child.process.pid} .*process ${child.postgres}`)),
    })
    expect(isRunning(child.postgres)).toBe(true)
    child.process.kill('SIGKILL')
    await until(() => !isRunning(child.postgres), 50_000)
  })

  test('of two openers at the same moment exactly one gets the directory', async () => {
    const results = await Promise.allSettled([open(), open()])
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(refusals).toEqual([expect.objectContaining({ code: 'directory_in_use' })])
    expect(await ask(started[0]?.url ?? '', 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('openers at the same moment choose the same user for PostgreSQL, whatever files each tries the directory with', async () => {
    const { postgres } = await locateBinaries(dataDir)
    const runDir = join(dataDir, 'run')
    await mkdir(runDir)
    const alone = await chooseIdentity(postgres, runDir)
    const together = await Promise.all(Array.from({ length: 40 }, () => chooseIdentity(postgres, runDir)))
    expect(new Set(together)).toEqual(new Set([alone]))
    expect(await readdir(runDir)).toEqual([])
    expect((await readdir(dataDir)).filter((name) => name.includes('probe'))).toEqual([])
  })

  test.runIf(process.platform === 'linux' && process.getuid?.() === 0)('where namespaces are refused, trying for one does not take the run directory from whoever has it', async () => {
    // Not in the scratch directory: containers mount memory so that no program runs from it.
    const programs = await mkdtemp(join(tmpdir(), 'truetally-programs-'))
    onTestFinished(() => rm(programs, { recursive: true, force: true }))
    const runDir = join(dataDir, 'run')
    const owners = join(programs, 'owners')
    await mkdir(runDir)
    await writeFile(join(programs, 'unshare'), `#!/bin/sh\nstat -c %u '${runDir}' >> '${owners}'\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n`, { mode: 0o755 })
    await writeFile(join(programs, 'setpriv'), '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n', { mode: 0o755 })
    vi.stubEnv('PATH', `${programs}:${process.env['PATH']}`)
    onTestFinished(() => void vi.unstubAllEnvs())
    const { postgres } = await locateBinaries(dataDir)
    const first = await chooseIdentity(postgres, runDir)
    expect(first.prefix[0]).toBe('setpriv')
    // One that comes a moment later finds the directory nobody's, and PostgreSQL may be in it by now.
    expect(await chooseIdentity(postgres, runDir)).toBe(first)
    expect((await readFile(owners, 'utf8')).trim().split('\n')).toEqual(['0', String(first.owner)])
  })

  test('of two openers the one that lost is told so although the other has yet to write its name into the lock file', async () => {
    const first = await open()
    const lock = join(dataDir, 'postgres', 'postmaster.pid')
    const written = await readFile(lock, 'utf8')
    await writeFile(lock, '')
    let complained = false
    const outcome = startEmbedded({ dataDir, log: (line) => (complained ||= line.includes('postmaster.pid" is empty')) }).catch((error: unknown) => error)
    await expect.poll(() => complained, { interval: 5 }).toBe(true)
    // Longer than a postgres that found it empty takes to end.
    await sleep(500)
    await writeFile(lock, written)
    expect(await outcome).toMatchObject({ code: 'directory_in_use', message: expect.stringContaining(`PostgreSQL is process ${first.pid}`) })
    expect(await ask(first.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('what another first start takes away while this one looks at it hinders nothing', async () => {
    // It is in the list of the directory, and nowhere when it is looked at.
    await symlink('nowhere', join(dataDir, 'postgres.new-gone'))
    const { url } = await open()
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('a lock file whose process id now belongs to something else does not block', async () => {
    const first = await open()
    await first.stop()
    // This process is alive and no postgres: what a container restart with repeating ids looks like.
    const lock = `${process.pid}\n${dataDir}/postgres\n0\n5432\n${dataDir}/run\n\n0 0\nready   \n`
    await writeFile(join(dataDir, 'postgres', 'postmaster.pid'), lock)
    await writeFile(join(dataDir, 'run', '.s.PGSQL.5432.lock'), lock)
    const { url } = await open()
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  test('a path too long for a socket, with quotes and blanks in it, works and leaves nothing in the temporary directory', async () => {
    const deep = join(dataDir, 'x'.repeat(90), `it's "quoted", 100% é`)
    const server = await open(deep)
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    const socketDir = new URL(server.url).searchParams.get('host') ?? ''
    expect(socketDir.startsWith(deep)).toBe(false)
    await server.stop()
    expect(existsSync(socketDir)).toBe(false)
  })

  test('a temporary directory is gone after stop', async () => {
    const server = await startEmbedded({ dataDir, durable: false, temporary: true })
    await server.stop()
    expect(existsSync(dataDir)).toBe(false)
  })

  test('when postgres cannot start, the error carries its own words', async () => {
    const first = await open()
    await first.stop()
    await writeFile(join(dataDir, 'postgres', 'postgresql.conf'), 'no_such_setting = on\n')
    await expect(open()).rejects.toMatchObject({ code: 'start_failed', message: expect.stringContaining('no_such_setting') })
  })

  test('data of another major version is named and left alone', async () => {
    const first = await open()
    await first.stop()
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '14\n')
    const before = await readdir(join(dataDir, 'postgres'))
    await expect(open()).rejects.toMatchObject({ code: 'incompatible_data', message: expect.stringContaining('PostgreSQL 14') })
    expect(await readdir(join(dataDir, 'postgres'))).toEqual(before)
  })

  interface ChildOwner {
    readonly process: ReturnType<typeof spawn> & { readonly pid: number }
    readonly postgres: number
    nextLine(): Promise<string>
  }

  /** Another node process that holds the directory open, leading a process group of its own. */
  async function openInChild(): Promise<ChildOwner> {
    const script = fileURLToPath(new URL('../helpers/open-and-wait.ts', import.meta.url))
    // Node itself, not the tsx command: that one is two processes, and the test must kill the right one.
    const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const nextLine = async () => String((await lines.next()).value)
    const [word, pid] = (await nextLine()).split(' ')
    if (word !== 'ready' || child.pid === undefined) throw new Error('the child process did not open the directory')
    return { process: Object.assign(child, { pid: child.pid }), postgres: Number(pid), nextLine }
  }
})

function ask(url: string, text: string): Promise<unknown[]> {
  return withClient(url, async (client) => (await client.query<Record<string, unknown>>(text)).rows)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(condition: () => boolean, milliseconds: number): Promise<void> {
  const deadline = Date.now() + milliseconds
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still not so after ${milliseconds} ms`)
    await sleep(20)
  }
}
