/**
 * So many connections, each asking again as soon as it is answered: what a server can do at most. By wrk; where it is missing, by
 * our own driver, which takes as much of a processor as a server that does little, and is then the limit.
 */
import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Connection } from './connection.ts'
import { type Percentiles, percentilesOf } from './percentiles.ts'
import { readRequests } from './request-file.ts'

const SCRIPT = fileURLToPath(new URL('wrk-stream.lua', import.meta.url))

export interface Load {
  port: number
  connections: number
  seconds: number
  /** Of prepared requests. */
  file: string
  /** Whether to begin again when all have been sent; a vote is sent once. */
  again: boolean
}
export interface Answered {
  /** All answers, whatever their status. */
  answers: number
  seconds: number
  /** Of the answers, those with a status of 400 or more. */
  refused: number
  /** Connections that failed, and requests that were not answered in time. */
  broken: number
  /** The prepared requests ran out before the time did: the rate means nothing. */
  exhausted: boolean
  generatorCpuSeconds: number
  latency: Percentiles
}

/** Its version, or undefined where it is not installed. */
export function findWrk(): string | undefined {
  try {
    execFileSync('wrk', ['-v'], { stdio: ['ignore', 'pipe', 'pipe'] })
    return 'wrk'
  } catch (error) {
    const { code, stdout } = error as { code?: string; stdout?: Buffer }
    // It prints its version and its usage, and says it failed.
    return code === 'ENOENT' ? undefined : /wrk \S+/.exec(String(stdout))?.[0] ?? 'wrk'
  }
}

export async function loadByWrk({ port, connections, seconds, file, again }: Load): Promise<Answered> {
  const { stdout } = await promisify(execFile)('wrk', [
    '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '15s', '-s', SCRIPT, `http://127.0.0.1:${port}/`, '--', file, again ? 'again' : 'once',
  ])
  const line = /^\{.*\}$/m.exec(stdout)?.[0]
  if (line === undefined) throw new Error(`wrk said nothing that can be read:\n${stdout}`)
  const found = JSON.parse(line) as Record<'requests' | 'microseconds' | 'exhausted' | 'refused' | 'broken' | 'cpuSeconds' | keyof Percentiles, number>
  return {
    answers: found.requests, seconds: found.microseconds / 1e6, refused: found.refused, broken: found.broken, exhausted: found.exhausted === 1,
    generatorCpuSeconds: found.cpuSeconds,
    latency: { p50: found.p50 / 1000, p90: found.p90 / 1000, p99: found.p99 / 1000, p999: found.p999 / 1000 },
  }
}

export async function loadByDriver({ port, connections, seconds, file, again }: Load): Promise<Answered> {
  const prepared = [...readRequests(file)]
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)))
  const times: number[] = []
  let [next, refused, broken, exhausted] = [0, 0, 0, false]
  const cpu = process.cpuUsage()
  const begun = performance.now()
  const end = begun + seconds * 1000
  await Promise.all(open.map(async (connection) => {
    while (performance.now() < end) {
      const wire = prepared[again ? next % prepared.length : next]
      next += 1
      if (wire === undefined) {
        exhausted = true
        return
      }
      const from = performance.now()
      try {
        const { status, at } = await connection.send(wire)
        times.push(at - from)
        if (status >= 400) refused += 1
      } catch {
        broken += 1
        return
      }
    }
  }))
  const took = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  for (const connection of open) connection.close()
  return { answers: times.length, seconds: took, refused, broken, exhausted, generatorCpuSeconds: (user + system) / 1e6, latency: percentilesOf(times) }
}
