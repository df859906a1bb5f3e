/**
 * A postgres that cannot outlive its node process, and that Ctrl-C does not reach.
 *
 * A shell in a session of its own holds a pipe from node. When the pipe closes, because node asked or because node is gone
 * (`kill -9` included), the shell sends SIGINT, PostgreSQL's fast shutdown, until postgres has ended. The terminal's
 * signals go to node's process group only, so the server drains first and stops its database last.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Identity } from './embedded-identity.ts'

// $1 and $2: directories to remove at the end (a second time when something in them was still ending), or empty. The rest:
// the command. Reports the command's process id on stdout.
// Shells start background jobs with SIGINT ignored and pass that on through exec; the inner trap undoes it.
const WATCH = `
trap '' INT TERM HUP
remove=$1
remove_too=$2
shift 2
exec 3<&0 </dev/null
(trap - INT TERM HUP; exec "$@" 3<&- >/dev/null) &
postgres=$!
echo "$postgres"
(read -r line <&3; while kill -INT "$postgres"; do sleep 1; done) >/dev/null 2>&1 &
watch=$!
exec 3<&- >/dev/null
wait "$postgres"
code=$?
kill -KILL "$watch" 2>/dev/null
rm -rf "$remove" "$remove_too" 2>/dev/null || { sleep 2; rm -rf "$remove" "$remove_too"; }
exit "$code"
`

const LINES_KEPT = 50
const LINE_LENGTH = 1000
const STOP_MS = 20_000

export interface PostgresExit {
  /** Exit status of postgres; null when the shell that watches it was killed. */
  readonly code: number | null
  /** Whether stop() had been called. */
  readonly expected: boolean
  /** The last lines postgres wrote, at most 50. */
  readonly lastLines: readonly string[]
}

export interface PostgresProcess {
  readonly pid: number
  /** Resolves when postgres has ended, for whatever reason; never rejects. */
  readonly exited: Promise<PostgresExit>
  /** Fast shutdown, then after 20 s immediate shutdown (the next start recovers from the write-ahead log). */
  stop(): Promise<void>
  /** Lets node end while postgres runs; postgres then ends with it. */
  release(): void
}

export async function spawnPostgres(
  command: readonly string[],
  { identity, cwd, removeAtEnd, log }: { identity: Identity; cwd: string; removeAtEnd: readonly string[]; log: (line: string) => void },
): Promise<PostgresProcess> {
  const [remove = '', removeToo = ''] = removeAtEnd
  const child = spawn('/bin/sh', ['-c', WATCH, 'postgres-watch', remove, removeToo, ...identity.prefix, ...command], {
    ...identity.ids,
    cwd,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const { stdin, stdout, stderr } = child
  // Writing is never attempted; a shell that is gone already shows as `exited`.
  stdin.on('error', () => undefined)
  const lastLines: string[] = []
  createInterface({ input: stderr }).on('line', (whole) => {
    const line = whole.slice(0, LINE_LENGTH)
    if (lastLines.push(line) > LINES_KEPT) lastLines.shift()
    log(line)
  })

  let stopping: Promise<void> | undefined
  const exited = new Promise<PostgresExit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, expected: stopping !== undefined, lastLines }))
  })
  const firstLine = once(createInterface({ input: stdout }), 'line') as Promise<[string]>
  const pid = Number(await Promise.race([firstLine.then(([line]) => line), exited.then(() => 'NaN')]))

  async function shutDown(): Promise<void> {
    child.ref()
    stdin.end()
    const patience = setTimeout(() => {
      try {
        process.kill(pid, 'SIGQUIT')
      } catch {
        // It ended this very moment.
      }
    }, STOP_MS)
    await exited
    clearTimeout(patience)
  }

  return {
    pid,
    exited,
    stop: () => (stopping ??= shutDown()),
    release() {
      child.unref()
      for (const stream of [stdin, stdout, stderr]) if (stream instanceof Socket) stream.unref()
    },
  }
}
