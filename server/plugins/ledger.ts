/** `app.ledger`: security events, coalesced in memory and written four times a second. Drained before the process ends. */
import fp from 'fastify-plugin'
import { countUpEvents, insertEvents } from '../../db/queries/events.ts'
import { isDataError } from '../../db/queryable.ts'
import { Coalescer, type LedgerBatch, type NewRow } from '../ledger/coalesce.ts'
import { type EventDraft, finishEvent } from '../ledger/event.ts'

const FLUSH_MS = 250
export const LEDGER_LIMITS = { windowMs: 10_000, maxOpen: 8000, maxPerNetwork: 250 }

export interface Ledger {
  write(draft: EventDraft): void
  /** Resolves when everything written so far is in the database, or has failed once more and waits for the next try. */
  flush(): Promise<void>
  readonly saturation: { open: number; folded: number }
}

declare module 'fastify' {
  interface FastifyInstance {
    ledger: Ledger
  }
}

export default fp(
  async (app) => {
    const coalescer = new Coalescer(LEDGER_LIMITS)
    /** A batch that could not be written; it goes first, and nothing new is drained before it, so memory stays bounded. */
    let unwritten: LedgerBatch | undefined
    let flushing: Promise<void> | undefined

    const flushOnce = async (): Promise<void> => {
      const batch = unwritten ?? coalescer.drain(app.clock())
      unwritten = batch
      try {
        await writeRows(batch.rows)
        batch.rows = []
        await countUpEvents(app.db, batch.increments)
        unwritten = undefined
      } catch (error) {
        app.log.error({ err: error, waiting: coalescer.size }, 'security events could not be written; trying again')
      }
    }
    /** What could not be written before, and what has come since. */
    const flushAll = async (): Promise<void> => {
      const hasWaited = unwritten !== undefined
      await flushOnce()
      if (hasWaited && unwritten === undefined) await flushOnce()
    }
    /** A row that PostgreSQL refuses for what it says must not stop the ones behind it: it is left out, and said so. */
    const writeRows = async (rows: readonly NewRow[]): Promise<void> => {
      try {
        await insertEvents(app.db, rows)
      } catch (error) {
        if (!isDataError(error)) throw error
        if (rows.length === 1) {
          app.log.error({ err: error, eventType: rows[0]?.event.eventType }, 'a security event was refused by the database and is lost')
          return
        }
        const half = Math.ceil(rows.length / 2)
        await writeRows(rows.slice(0, half))
        await writeRows(rows.slice(half))
      }
    }
    const flush = async (): Promise<void> => {
      // Whoever waits needs the drain after the one under way: that one may have begun before their event.
      await flushing
      flushing ??= flushAll().finally(() => {
        flushing = undefined
      })
      await flushing
    }

    app.decorate('ledger', {
      write: (draft) => coalescer.add(finishEvent(draft), app.clock()),
      flush,
      get saturation() {
        return { open: coalescer.size, folded: coalescer.folded }
      },
    })
    const timer = setInterval(() => void flush(), FLUSH_MS)
    app.addHook('onClose', async () => {
      clearInterval(timer)
      await flush()
      if (unwritten !== undefined) await flush()
    })
  },
  { name: 'ledger', dependencies: ['database', 'clock'] },
)
