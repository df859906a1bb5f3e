/**
 * `app.hourly`: keeps the counts of the ledger by the hour (db/queries/hourly.ts). Any node may; a lock lets one at a time. After a
 * time without anybody it catches up, oldest first, a day in one transaction; what is not counted yet is read from the ledger itself,
 * so figures are right at any moment and only slower meanwhile.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import fp from 'fastify-plugin'
import type { PoolClient } from 'pg'
import {
  type HourlyPosition, countDays, countHours, dayOf, findAddresses, findLateHours, forgetHours, readHourlyPosition, readLedgerBounds,
  takeHourlyLock, writeHourlyPosition,
} from '../../db/queries/hourly.ts'
import type { Place } from '../../db/queries/hourly-dimensions.ts'
import { type Queryable, inTransaction } from '../../db/queryable.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A line comes at most some seconds after its time, unless something is wrong; then it is found by when it was recorded. */
const MARGIN_MS = 2 * 60_000
/** A transaction that was open while the ledger was looked at may still bring lines recorded before. Longer than any may last. */
const OVERLAP_MS = 60_000
/** With more late hours than that, all since the first of them are counted again, in steps. */
const MOST_LATE_HOURS = 24
/** Addresses whose country and network are looked up; the rest of a flood counts as unknown. 0.8 M/s (measured). */
const MOST_ADDRESSES = 50_000
const ADDRESSES_AT_ONCE = 2000

export interface Hourly {
  /** Counts whatever is over by `app.clock()`, in as many steps as it takes; another node that is at it is left alone. */
  tick(): Promise<void>
  /** How long ago the first hour ended that is not counted yet; 0: all are. */
  behindMs(): Promise<number>
  /** Where the addresses of events in that time are. */
  findPlaces(db: Queryable, from: number, to: number): Promise<Place[]>
}

declare module 'fastify' {
  interface FastifyInstance {
    hourly: Hourly
  }
}

export default fp<{ everyMs: number }>(
  async (app, { everyMs }) => {
    const closing = new AbortController()
    let stepMs = DAY_MS

    const findPlaces = async (db: Queryable, from: number, to: number): Promise<Place[]> => {
      const addresses = await findAddresses(db, from, to, MOST_ADDRESSES)
      const places: Place[] = []
      for (const [index, address] of addresses.entries()) {
        if (index % ADDRESSES_AT_ONCE === ADDRESSES_AT_ONCE - 1) await nextTurn()
        const { country = '', asn } = app.networks.find(address)
        if (country !== '' || asn !== undefined) places.push({ address, country, asn: asn === undefined ? '' : String(asn) })
      }
      return places
    }
    const count = async (client: PoolClient, from: number, to: number): Promise<void> =>
      countHours(client, from, to, await findPlaces(client, from, to))

    /** Returns where everything is counted until then, or else where to look again. */
    async function countLate(client: PoolClient, { until, checkedAt }: HourlyPosition): Promise<number> {
      const late = await findLateHours(client, until, checkedAt - OVERLAP_MS)
      const [first] = late
      if (first === undefined) return until
      if (late.length > MOST_LATE_HOURS) {
        await forgetHours(client, first)
        return first
      }
      for (const hour of late) {
        await forgetHours(client, hour, hour + HOUR_MS)
        await count(client, hour, hour + HOUR_MS)
      }
      for (const day of new Set(late.map(dayOf))) {
        if (day + DAY_MS <= until) await countDays(client, day, day + DAY_MS)
      }
      return until
    }

    /** One transaction. true: there is more to count. @param looks for late lines too: once in a run, or what is counted now would be late again */
    const step = async (looks: boolean): Promise<boolean> => await inTransaction(app.db, async (client) => {
      if (!await takeHourlyLock(client)) return false
      const end = hourOf(app.clock() - MARGIN_MS)
      const bounds = await readLedgerBounds(client)
      const known = await readHourlyPosition(client)
      const position = known ?? { until: dayOf(Math.min(bounds.first ?? end, end)), checkedAt: bounds.now }
      const from = known !== null && looks ? await countLate(client, known) : position.until
      const to = Math.max(from, Math.min(end, dayOf(from) + DAY_MS, from + stepMs))
      if (to > from) {
        await count(client, from, to)
        if (to === dayOf(to)) await countDays(client, to - DAY_MS, to)
      }
      // By the clock as it was before the ledger was looked at.
      await writeHourlyPosition(client, { until: to, checkedAt: looks ? bounds.now : position.checkedAt })
      return to > from && to < end
    })

    const catchUp = async (): Promise<void> => {
      let more = true
      let first = true
      while (more && !closing.signal.aborted) {
        try {
          more = await step(first)
          first = false
        } catch (error) {
          // A day too large for one statement is counted in smaller steps.
          if ((error as { code?: unknown }).code !== '57014' || stepMs === HOUR_MS) throw error
          stepMs = HOUR_MS
        }
      }
    }
    let running: Promise<void> | undefined
    const tick = (): Promise<void> => (running ??= catchUp().finally(() => (running = undefined)))

    app.decorate('hourly', {
      tick,
      findPlaces,
      behindMs: async () => {
        const position = await readHourlyPosition(app.db)
        const end = hourOf(app.clock() - MARGIN_MS)
        return position === null ? 0 : Math.max(0, end - position.until)
      },
    })
    if (everyMs > 0) {
      const quietly = (): void => {
        tick().catch((error: unknown) => app.log.error({ err: error }, 'the hour could not be counted; it is tried again'))
      }
      const timer = setInterval(quietly, everyMs)
      timer.unref()
      app.addHook('onReady', async () => quietly())
      app.addHook('onClose', async () => clearInterval(timer))
    }
    app.addHook('onClose', async () => {
      closing.abort()
      await running?.catch(() => undefined)
    })
  },
  { name: 'hourly', dependencies: ['database', 'clock', 'networks'] },
)

const hourOf = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS
