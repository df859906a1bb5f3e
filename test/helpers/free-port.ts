/**
 * Ports for programs that are told theirs before they listen, or come back where they were. A port that the system gives out may be
 * given to somebody else in between, and on a busy machine it is: these lie below those it gives out by itself (32768 and up on Linux,
 * 49152 and up elsewhere).
 */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

const LOWEST = 20_000
const HIGHEST = 32_000
/** Nobody listens on one before whoever asked for it does. */
const given = new Set<number>()

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return await new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
