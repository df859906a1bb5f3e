/** What a process has used, by /proc. Where there is none (macOS) every figure is NaN, and the report says so. */
import { readFileSync, readdirSync } from 'node:fs'

/** USER_HZ, which Linux fixes at 100 on every platform Node runs on. */
const TICKS_PER_SECOND = 100

interface Times {
  parent: number
  own: number
  /** Of children that have ended and been waited for. */
  ended: number
}

/** Seconds of user and system time of all of a process’s threads. */
export const cpuOf = (pid: number): number => timesOf(pid)?.own ?? Number.NaN

/** Of a process, of its children, and of those that have ended: PostgreSQL is one process a connection. */
export function cpuOfFamily(pid: number): number {
  const head = timesOf(pid)
  if (head === undefined) return Number.NaN
  const living = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => timesOf(Number(name)))
  return head.own + head.ended + living.reduce((sum, times) => sum + (times?.parent === pid ? times.own : 0), 0)
}

/** Resident memory in bytes. */
export function residentOf(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`) ?? '')?.[1]
  return kilobytes === undefined ? Number.NaN : Number(kilobytes) * 1024
}

/** Seconds that all processors together have worked, for whomever. */
export function cpuOfMachine(): number {
  const fields = /^cpu +(.*)$/m.exec(read('/proc/stat') ?? '')?.[1]?.split(' ').map(Number)
  if (fields === undefined) return Number.NaN
  // user nice system idle iowait irq softirq steal; guests are in user already.
  return [0, 1, 2, 5, 6].reduce((sum, field) => sum + (fields[field] ?? 0), 0) / TICKS_PER_SECOND
}

function timesOf(pid: number): Times | undefined {
  const text = read(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name stands in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number)
  const [parent = 0, utime = 0, stime = 0, cutime = 0, cstime = 0] = [fields[1], fields[11], fields[12], fields[13], fields[14]]
  return { parent, own: (utime + stime) / TICKS_PER_SECOND, ended: (cutime + cstime) / TICKS_PER_SECOND }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // Ended meanwhile, or there is no /proc.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
