/** A screen of our own, for browsers that want to be seen: Debian’s xvfb, and a Chromium that is more than a headless shell. */
import { type ChildProcess, spawn } from 'node:child_process'
import { findChromium } from '../../helpers/chromium.ts'
import type { Missing } from './client.ts'
import { findProgram } from './programs.ts'

export interface Display {
  /** For DISPLAY. */
  name: string
  close(): Promise<void>
}

export const SCREEN = { width: 1280, height: 900 }

/** A display, or why there is none. */
export async function openDisplay(): Promise<Display | Missing> {
  const { source } = await findChromium()
  if (source.startsWith('@sparticuz')) {
    return { missing: 'the Chromium from npm can only run headless: apt-get install chromium, or set CHROMIUM_PATH' }
  }
  const xvfb = await findProgram('Xvfb')
  if (xvfb === undefined) return { missing: 'no virtual display: apt-get install xvfb' }
  // It chooses a free number itself and writes it to the descriptor.
  const server = spawn(xvfb, ['-displayfd', '3', '-screen', '0', `${SCREEN.width}x${SCREEN.height}x24`, '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  // However this process ends, short of a kill: its screen goes with it.
  process.once('exit', () => server.kill())
  return { name: `:${await readNumber(server)}`, close: () => endProcess(server) }
}

async function readNumber(server: ChildProcess): Promise<string> {
  const pipe = server.stdio[3]
  if (pipe === null || pipe === undefined || !('setEncoding' in pipe)) throw new Error('Xvfb was started without its pipe')
  pipe.setEncoding('utf8')
  let said = ''
  for await (const chunk of pipe) {
    said += String(chunk)
    if (said.includes('\n')) return said.trim()
  }
  throw new Error('Xvfb ended before it had a display')
}

/** Asks it to end, and waits until it has. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()))
  child.kill()
  await ended
}
