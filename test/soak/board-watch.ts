/** Reads the board all the while, as visitors do: it has to be served whatever happens to the database. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from '../../db/queryable.ts'
import { headersOf } from '../helpers/ballot-mill.ts'
import type { Subject } from './subject.ts'
import { type Answer, NoAnswer, Wire } from './wire.ts'

const EVERY_MS = 100
/** Readers nobody else is. */
const READERS = 1_000_000_000

export interface BoardWatch {
  /** Answers so far, and those that were not the board, or none. */
  readonly read: number
  readonly missed: string[]
  end(): Promise<void>
}

export function readBoard(subject: Subject, wire: Wire): Promise<Answer> {
  const { mill } = subject
  const { 'accept-encoding': _any, ...headers } = headersOf(READERS + Math.floor(Math.random() * 1_000_000), mill.origin)
  return wire.send({ method: 'GET', path: `/api/widget/v1/${mill.project.publicKey}/board`, headers })
}

export function watchBoard(subject: Subject): BoardWatch {
  const wire = new Wire(subject.port, 5000)
  const missed: string[] = []
  let read = 0
  const over = new AbortController()
  const watching = (async () => {
    for (; !over.signal.aborted; await sleep(EVERY_MS)) {
      try {
        const { status, body } = await readBoard(subject, wire)
        if (status === 200) read += 1
        else missed.push(`${status} ${body.slice(0, 200)}`)
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        missed.push(error.message)
      }
    }
    wire.close()
  })()
  return {
    get read() {
      return read
    },
    missed,
    end: async () => {
      over.abort()
      await watching
    },
  }
}

/** Whether the board shows the stored tallies; a commit whose answer was lost reaches it with the next re-read. */
export async function boardAgrees(subject: Subject, pool: Pool, withinMs: number): Promise<boolean> {
  const wire = new Wire(subject.port, 5000)
  try {
    for (const deadline = Date.now() + withinMs; ; await sleep(100)) {
      const { rows } = await pool.query<{ id: string; votes: number }>(
        'select item_id::text as id, counted as votes from tallies where project_id = $1', [subject.mill.project.id])
      const { items } = JSON.parse((await readBoard(subject, wire)).body) as { items: { id: string; votes: number }[] }
      const shown = new Map(items.map(({ id, votes }) => [id, votes]))
      if (rows.every(({ id, votes }) => shown.get(id) === votes)) return true
      if (Date.now() > deadline) return false
    }
  } finally {
    wire.close()
  }
}
