/**
 * A PostgreSQL of the soak’s own, on disk and with default durability, that can be killed apart from the server. SIGKILL to all of its
 * processes at once loses what was only in their memory, as a crash of the machine does; what the kernel had taken stays, so it is
 * no power cut.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError } from '../../db/embedded-error.ts'
import { type EmbeddedPostgres, startEmbedded } from '../../db/embedded.ts'
import { type Pool, createPool } from '../../db/queryable.ts'

const TMPFS = 0x0102_1994
const START_MS = 60_000

export interface Cluster {
  readonly url: string
  /** For looking at what is stored; its connections may break at any time. */
  readonly pool: Pool
  /** Every process of it, at once. */
  crash(): void
  killPostmaster(): void
  /** The process of one connection: PostgreSQL then ends all others by itself, and recovers. */
  killBackend(): void
  /** Stops every process of it where it is, as a machine that hangs does, or a network that swallows everything. Call the answer to let them go on. */
  freeze(): () => void
  /** Starts it again on the same data, as a supervisor does: until it stays. Resolves when it answers. */
  restart(): Promise<void>
  /** Resolves when it answers a query. */
  answers(): Promise<void>
  close(): Promise<void>
}

export async function startCluster(): Promise<Cluster> {
  const place = ['/var/tmp', tmpdir()].find((candidate) => isDisk(candidate))
  if (place === undefined) throw new Error('Neither /var/tmp nor the temporary directory is on a disk; TMPDIR may name one that is.')
  const directory = mkdtempSync(join(place, 'truetally-soak-'))
  // Not `temporary`: the directory outlives each of its servers but the last.
  let postgres: EmbeddedPostgres = await startEmbedded({ dataDir: directory })
  const { url } = postgres
  const pool = createPool(`${url}&application_name=soak`, { max: 2, statementTimeoutMs: 120_000, onError: () => undefined })

  const answers = async (): Promise<void> => {
    for (const deadline = Date.now() + START_MS; ; await sleep(20)) {
      try {
        await pool.query('select 1')
        return
      } catch (error) {
        if (Date.now() > deadline) throw error
      }
    }
  }
  return {
    url, pool, answers,
    // The postmaster first: it must see none of the others die.
    crash: () => kill([postgres.pid, ...childrenOf(postgres.pid).map(({ pid }) => pid)]),
    killPostmaster: () => kill([postgres.pid]),
    killBackend: () => kill(childrenOf(postgres.pid).filter(({ command }) => command.includes('[local]')).slice(0, 1).map(({ pid }) => pid)),
    freeze: () => {
      const pids = [postgres.pid, ...childrenOf(postgres.pid).map(({ pid }) => pid)]
      signal(pids, 'SIGSTOP')
      return () => signal(pids, 'SIGCONT')
    },
    restart: async () => {
      for (const deadline = Date.now() + START_MS; ; await sleep(100)) {
        try {
          postgres = await startEmbedded({ dataDir: directory })
          break
        } catch (error) {
          // Processes of the one that was killed may still be attached to its shared memory.
          if (!(error instanceof EmbeddedPostgresError) || Date.now() > deadline) throw error
        }
      }
      await answers()
    },
    close: async () => {
      await pool.end()
      await postgres.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const kill = (pids: readonly number[]): void => signal(pids, 'SIGKILL')

function signal(pids: readonly number[], name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

function isDisk(directory: string): boolean {
  try {
    return statfsSync(directory).type !== TMPFS
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function childrenOf(parent: number): { pid: number; command: string }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      // After the name in brackets, which may hold anything: the state, then the parent.
      const [, ppid] = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
      return Number(ppid) === parent ? [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8') }] : []
    } catch (error) {
      // It ended while we looked.
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
      throw error
    }
  })
}
