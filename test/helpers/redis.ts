/** A real Redis or Valkey of a test’s own, on a port of its own, that can be killed, stopped and started again. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from 'vitest'
import { freePort } from './free-port.ts'

const PROGRAMS = ['redis-server', 'valkey-server']
const START_MS = 60_000

const program = PROGRAMS.find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
})

/**
 * Why tests that need one cannot run here; undefined: they can. For `describe.skipIf(…)`, with the reason in the title and
 * printed, so that nobody takes a skipped file for one that passed.
 */
export const whyNoRedis = program === undefined ? `neither ${PROGRAMS.join(' nor ')} is installed (apt-get install redis-server)` : undefined
if (whyNoRedis !== undefined) console.warn(`Tests with several nodes on one Redis are skipped: ${whyNoRedis}.`)

/** However this process ends, it leaves none behind: the shell waits on a pipe that ends with us. */
const HELD = '"$@" & echo "pid $!"; cat >/dev/null; kill -9 $!; wait'

export interface TestRedis {
  readonly url: string
  readonly port: number
  /** As a machine that goes away, with all it held. */
  kill(): Promise<void>
  /** On the same port, empty. */
  start(): Promise<void>
  /** It keeps its connections and answers nothing, as on a disk or a network that hangs. */
  freeze(): void
  thaw(): void
  /** One command, as an operator would type it. */
  run(...args: string[]): string
  close(): Promise<void>
}

/** @param options.password what clients have to say; it is in the URL */
export async function startRedis({ password }: { password?: string } = {}): Promise<TestRedis> {
  if (program === undefined) throw new Error(whyNoRedis)
  const port = await freePort()
  let shell: ChildProcess | undefined
  let pid: number | undefined

  const start = async (): Promise<void> => {
    const started = spawn('/bin/sh', ['-c', HELD, 'sh', program,
      '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', inject('databaseServer').scratch,
      ...(password === undefined ? [] : ['--requirepass', password]),
    ], { stdio: 'pipe' })
    shell = started
    let output = ''
    for (const stream of [started.stdout, started.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    // Both are waited for: which of the two writes first is the machine’s affair, and somebody else could answer on its port.
    const named = (): string | undefined => /^pid (\d+)$/m.exec(output)?.[1]
    for (const deadline = Date.now() + START_MS; named() === undefined || !output.includes('Ready to accept connections'); await sleep(10)) {
      if (started.exitCode !== null || Date.now() > deadline) throw new Error(`${program} did not start:\n${output}`)
    }
    pid = Number(named())
  }
  const signal = (name: NodeJS.Signals): void => {
    if (pid !== undefined) process.kill(pid, name)
  }
  const kill = async (): Promise<void> => {
    const ending = shell
    if (ending === undefined) return
    signal('SIGKILL')
    shell = undefined
    pid = undefined
    const ended = new Promise<void>((resolve) => void ending.once('close', () => resolve()))
    ending.stdin?.end()
    await ended
  }
  await start()
  return {
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
    port,
    start,
    kill,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    run: (...args) => execFileSync(program.replace('server', 'cli'), ['-p', String(port), ...(password === undefined ? [] : ['--no-auth-warning', '-a', password]), ...args], { encoding: 'utf8' }),
    close: kill,
  }
}
