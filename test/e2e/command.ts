/** `truetally start --demo` as an operator runs it: the built command, its embedded PostgreSQL, a data directory of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { freePort } from '../helpers/free-port.ts'
import type { Servers } from './stage.ts'

const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))
const GREETING = /API and widget\s+(\S+)[\s\S]*Demo site\s+(\S+)[\s\S]*Same page\s+(\S+)[\s\S]*Ctrl-C/

export interface Command extends Servers {
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same ports and data. */
  restart(): Promise<void>
  /** Runs another command beside it. Rejects when it fails. */
  run(...args: string[]): Promise<string>
}

export async function startCommand(): Promise<Command> {
  const dataDir = await mkdtemp(join(inject('databaseServer').scratch, 'command-'))
  // Nothing of the developer's own configuration may reach it.
  // A driven browser says that it is one: its votes would rightly be held.
  const environment = { PATH: process.env['PATH'], TRUETALLY_DATA_DIR: dataDir, GATE_MODE: 'log' }
  // Chosen and not given by the system, which gives them to others while it is down: to a page that tries to reach it, for one.
  const [PORT, DEMO_PORT, DEMO_ROGUE_PORT] = [String(await freePort()), String(await freePort()), String(await freePort())]
  let child: ChildProcess

  async function start(): Promise<RegExpExecArray> {
    child = spawn(process.execPath, [MAIN, 'start', '--demo'], { env: { ...environment, PORT, DEMO_PORT, DEMO_ROGUE_PORT }, stdio: ['ignore', 'pipe', 'pipe'] })
    return readGreeting(child)
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  const greeting = await start()
  const [, widget = '', site = '', rogue = ''] = greeting
  const operatorToken = /Operator token\s+(\S+)/.exec(greeting.input)?.[1]
  if (operatorToken === undefined) throw new Error(`no operator token in the greeting:\n${greeting.input}`)

  return {
    widget, site, rogue, operatorToken,
    kill: () => end('SIGKILL'),
    async restart() {
      await start()
    },
    async run(...args) {
      const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], { env: environment })
      return stdout
    },
    close: () => end('SIGINT'),
  }
}

/** What it printed when it was ready. @throws {Error} with everything it said, when it ended instead */
async function readGreeting(child: ChildProcess): Promise<RegExpExecArray> {
  let said = ''
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += String(chunk)
      const greeting = GREETING.exec(said)
      if (greeting !== null) resolve(greeting)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('exit', (code) => reject(new Error(`it ended with ${code} and said:\n${said}`)))
  })
}
