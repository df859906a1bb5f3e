/** The real command line, as a customer runs it: `node dist/server/main.js …` in a process of its own. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const MAIN = join(root, 'dist', 'server', 'main.js')

export function buildWhenMissing(): void {
  if (!existsSync(MAIN) || !existsSync(join(root, 'dist', 'widget', 'widget.js'))) {
    execFileSync(process.execPath, [join(root, 'server', 'build.mjs')], { cwd: root, stdio: 'inherit' })
  }
}

export type Environment = Record<string, string>

export interface Command {
  readonly pid: number
  /** What it has written so far. */
  readonly output: { out: string; err: string }
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  kill(signal: NodeJS.Signals): void
}

/** Starts it with this environment and nothing of ours but the path to programs and the temporary directory. */
export function run(args: string[], environment: Environment): Command {
  const { PATH = '', TMPDIR } = process.env
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: root, env: { PATH, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.pid === undefined) throw new Error('the command could not be started')
  const output = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.err += text))
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve(signal ?? code ?? 0))
  })
  return { pid: child.pid, output, ended, kill: (signal) => void child.kill(signal) }
}

/** Runs it to its end; fails after `milliseconds`. */
export async function runToEnd(args: string[], environment: Environment, milliseconds = 50_000): Promise<{ code: number | NodeJS.Signals; out: string; err: string }> {
  const command = run(args, environment)
  const code = await Promise.race([command.ended, sleep(milliseconds, undefined, { ref: false })])
  if (code === undefined) {
    command.kill('SIGKILL')
    throw new Error(`truetally ${args.join(' ')} did not end within ${milliseconds} ms:\n${command.output.out}\n${command.output.err}`)
  }
  return { code, ...command.output }
}

export interface RunningServer extends Command {
  /** Bare origins, as printed. */
  readonly api: string
  readonly demo: string
  readonly rogue: string
  readonly token: string | undefined
}

/** `start --demo`, once it says that it is ready. */
export async function startServer(environment: Environment): Promise<RunningServer> {
  const command = run(['start', '--demo'], environment)
  let ended: number | NodeJS.Signals | undefined
  void command.ended.then((code) => (ended = code))
  const deadline = Date.now() + 55_000
  while (!command.output.out.includes('Ctrl-C stops it')) {
    if (ended !== undefined || Date.now() > deadline) {
      command.kill('SIGKILL')
      throw new Error(`the server did not start (${ended ?? 'in time'}):\n${command.output.out}\n${command.output.err}`)
    }
    await sleep(20)
  }
  const { out } = command.output
  const urls = [...out.matchAll(/http:\/\/localhost:\d+(?=\s)/g)].map(([url]) => url)
  const [api = '', demo = '', rogue = ''] = urls
  return { ...command, api, demo, rogue, token: /ttop_[\w-]{43}/.exec(out)?.[0] }
}

/** The process id of the PostgreSQL on this data directory; undefined when its lock file is gone. */
export function postgresOf(dataDir: string): number | undefined {
  const file = join(dataDir, 'postgres', 'postmaster.pid')
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
