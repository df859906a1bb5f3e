/** Servers under test, each a process of its own, started for one measurement and gone after it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MASTER_SECRET } from '../../helpers/app.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PLAIN = fileURLToPath(new URL('plain-server.ts', import.meta.url))
const READY_MS = 60_000

/** Leading zero bits of the work in the votes sent; the shipped 16 cost a voter 66 ms, and the server the same single hash as these. */
export const DIFFICULTY = 2

export interface Subject {
  port: number
  pid: number
  stop(): Promise<void>
}
export type PlainKind = 'hello' | 'schema' | 'bare' | 'lean'

export const startPlain = (kind: PlainKind, databaseUrl = ''): Promise<Subject> =>
  startProcess(['--import', 'tsx', PLAIN, kind, databaseUrl], {}, /listening on http:\/\/[^:]+:(\d+)/)

export interface BuiltServer {
  main: string
  policy: string
}

/** A copy of what is built, so that a whole run measures one build, whoever builds meanwhile. */
export async function keepBuild(directory: string): Promise<BuiltServer> {
  const copy = join(directory, 'built')
  await mkdir(copy, { recursive: true })
  await cp(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true })
  await cp(join(ROOT, 'package.json'), join(copy, 'package.json'))
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  const policy = join(directory, 'policy.json')
  const challenge = { difficulty: DIFFICULTY, suspectDifficulty: DIFFICULTY, stepUpDifficulty: DIFFICULTY }
  await writeFile(policy, JSON.stringify({ version: 'shipped-with-little-work', challenge }))
  return { main: join(copy, 'dist/server/main.js'), policy }
}

/** The real command, with everything it does on a customer’s machine: watch, rules, housekeeping, metrics. */
export const startOurs = ({ main, policy }: BuiltServer, databaseUrl: string): Promise<Subject> =>
  startProcess([main, 'start'], {
    DATABASE_URL: databaseUrl, TRUETALLY_SECRET: MASTER_SECRET, TRUSTED_PROXIES: '1', GATE_POLICY: policy, GATE_MODE: 'enforce',
    HOST: '127.0.0.1', PORT: '0',
  }, /API and widget\s+http:\/\/localhost:(\d+)[\s\S]*Ctrl-C/)

async function startProcess(args: string[], environment: Record<string, string>, ready: RegExp): Promise<Subject> {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output.text = (output.text + text).slice(-20_000)))
  const port = await portOf(child, output, ready)
  const { pid } = child
  if (pid === undefined) throw new Error('the server has no process id')
  return {
    port, pid,
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const [code] = (await ended) as [number | null]
      if (code !== null && code !== 0) throw new Error(`a server ended with ${code}:\n${output.text}`)
    },
  }
}

async function portOf(child: ChildProcess, output: { text: string }, ready: RegExp): Promise<number> {
  return await new Promise((resolve, reject) => {
    const giveUp = (why: string): void => {
      child.kill('SIGKILL')
      reject(new Error(`a server did not start (${why}):\n${output.text}`))
    }
    const timer = setTimeout(() => giveUp('in time'), READY_MS)
    child.once('error', reject).once('exit', (code) => giveUp(`exit ${code}`))
    child.stdout?.on('data', () => {
      const port = ready.exec(output.text)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      child.removeAllListeners('exit')
      resolve(Number(port))
    })
  })
}
