/** What a process weighs and what it has worked, as the kernel says; and what the server says of itself. */
import { readFileSync } from 'node:fs'
import type { Wire } from './wire.ts'

const TICKS_PER_SECOND = 100
const MIB = 1024 * 1024

/** Resident memory in MiB. */
export function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024
}

/** Seconds of CPU since it began, user and system. */
export function workedBy(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

export interface ServerFigures {
  /** In MiB. */
  heapUsed: number
  heapTotal: number
  external: number
  /** Of what is bounded, by its name in /metrics: how much it holds, and what it forgot to make room. */
  memories: { name: string; holds: number; forgot: number | undefined }[]
}

/** What fills up with strangers; what it forgot for them has a name of its own. */
const BOUNDED = /^truetally_(?:(?:window|memory)_\w+_keys|fingerprint_devices|offences|watch_voters|traffic_lines|events_open)$/
const FORGETS: Readonly<Record<string, string>> = { truetally_traffic_lines: '_folded', truetally_events_open: '_folded' }

/** null: /metrics did not answer 200. */
export async function askMetrics(wire: Wire, token: string): Promise<ServerFigures | null> {
  const { status, body } = await wire.send({ method: 'GET', path: '/metrics', headers: { authorization: `Bearer ${token}` } })
  if (status !== 200) return null
  const values = new Map([...body.matchAll(/^([a-z_]+) ([-+\d.e]+)$/gm)].map(([, name = '', value]) => [name, Number(value)]))
  const mib = (name: string): number => (values.get(name) ?? Number.NaN) / MIB
  return {
    heapUsed: mib('nodejs_heap_size_used_bytes'), heapTotal: mib('nodejs_heap_size_total_bytes'), external: mib('nodejs_external_memory_bytes'),
    memories: [...values].filter(([name]) => BOUNDED.test(name)).map(([name, holds]) => ({
      name: name.replace(/^truetally_/, ''), holds,
      forgot: values.get(name.endsWith('_keys') ? name.replace(/_keys$/, '_saturations') : name.replace(/(_voters|_lines|_open)?$/, FORGETS[name] ?? '_forgotten')),
    })),
  }
}
