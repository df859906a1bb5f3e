/**
 * `app.eventTail`: reads on in the ledger, once for every stream of this node, four times a second while there is one. Followers get
 * each row that was committed since the look before, whichever node wrote it.
 */
import fp from 'fastify-plugin'
import { countUnreadCritical, type OpenAlert, listOpenAlertStates } from '../../db/queries/event-status.ts'
import { readStreamPoint, readTail } from '../../db/queries/event-tail.ts'
import type { EventRow } from '../../db/queries/event-columns.ts'
import type { StreamPoint, StreamPosition } from '../ledger/stream-position.ts'

const EVERY_MS = 250
const STATUS_MS = 5000
const PAGE = 500
const MOST_ALERTS = 5000

export interface Follower {
  /** `next`: where these rows lead to. */
  events(rows: readonly EventRow[], next: StreamPosition): void
  alerts(changed: readonly OpenAlert[]): void
  status(status: TailStatus, position: StreamPosition): void
}
export interface TailStatus {
  /** By project. */
  unreadCritical: ReadonlyMap<number, number>
  openAlerts: readonly OpenAlert[]
}

export interface EventTail {
  /** From the present on, which is answered with the status of now. Whatever is not in that position is handed over. */
  follow(follower: Follower): Promise<{ position: StreamPoint; status: TailStatus; stop: () => void }>
  /** What a follower missed before it came; `isPresent`: from here on what is handed over is enough. */
  readOn(position: StreamPosition): Promise<{ rows: EventRow[]; next: StreamPosition; isPresent: boolean }>
  readonly followers: number
}

declare module 'fastify' {
  interface FastifyInstance {
    eventTail: EventTail
  }
}

export default fp(
  async (app) => {
    const followers = new Set<Follower>()
    let present: StreamPoint | undefined
    /** Where the tail is; in the middle of a page after much at once. */
    let position: StreamPosition | undefined
    let before = 0
    let alerts = new Map<string, OpenAlert>()
    let statusAt = 0
    let timer: NodeJS.Timeout | undefined
    let looking: Promise<void> | undefined
    const closing = new AbortController()

    const lookOnce = async (): Promise<void> => {
      if (position === undefined) {
        position = present = await readStreamPoint(app.db)
        before = position.since
        alerts = byId(await listOpenAlertStates(app.db, MOST_ALERTS))
        return
      }
      for (let isPresent = false; !isPresent && !closing.signal.aborted;) {
        const read = await readTail(app.db, position, before, PAGE)
        before = read.oldest
        position = read.next
        if (position.page === undefined) present = position
        for (const follower of followers) if (read.rows.length > 0) follower.events(read.rows, read.next)
        isPresent = read.isPresent
      }
      const open = await listOpenAlertStates(app.db, MOST_ALERTS)
      const changed = changesBetween(alerts, open)
      alerts = byId(open)
      for (const follower of followers) if (changed.length > 0) follower.alerts(changed)
      if (performance.now() - statusAt < STATUS_MS) return
      statusAt = performance.now()
      // Whoever comes while it is being asked for has one that was asked for later: this one may be older than their coming.
      const asking = [...followers]
      const status = await statusOf()
      for (const follower of asking) if (followers.has(follower)) follower.status(status, position)
    }
    const statusOf = async (): Promise<TailStatus> => ({ unreadCritical: await countUnreadCritical(app.db), openAlerts: [...alerts.values()] })
    const look = (): Promise<void> => (looking ??= lookOnce().finally(() => (looking = undefined)))

    const goOn = (): void => {
      if (timer !== undefined || closing.signal.aborted || followers.size === 0) return
      timer = setTimeout(() => {
        timer = undefined
        look()
          // Where it was is where it goes on: nothing is passed over.
          .catch((error: unknown) => app.log.error({ err: error }, 'the ledger could not be read for its streams; trying again'))
          .finally(goOn)
      }, EVERY_MS)
    }

    app.decorate('eventTail', {
      follow: async (follower) => {
        // Whoever comes while nobody follows starts anew: the tail has stood still.
        if (followers.size === 0 && looking === undefined) position = undefined
        followers.add(follower)
        try {
          await looking
          if (position === undefined || present === undefined) await look()
          if (present === undefined) throw new Error('the tail has no position')
          goOn()
          return { position: present, status: await statusOf(), stop: () => void followers.delete(follower) }
        } catch (error) {
          followers.delete(follower)
          throw error
        }
      },
      readOn: async (from) => {
        const { rows, next, isPresent } = await readTail(app.db, from, before, PAGE)
        return { rows, next, isPresent }
      },
      get followers() {
        return followers.size
      },
    })
    app.addHook('onClose', async () => {
      closing.abort()
      clearTimeout(timer)
      await looking?.catch(() => undefined)
    })
  },
  { name: 'event-tail', dependencies: ['database'] },
)

const byId = (open: readonly OpenAlert[]): Map<string, OpenAlert> => new Map(open.map((alert) => [alert.id, alert]))

/** What is new or different, and as resolved what is open no more. */
function changesBetween(known: ReadonlyMap<string, OpenAlert>, open: readonly OpenAlert[]): OpenAlert[] {
  const present = byId(open)
  return [
    ...open.filter((alert) => {
      const last = known.get(alert.id)
      return last?.state !== alert.state || last.severity !== alert.severity || last.acknowledged !== alert.acknowledged
    }),
    ...[...known.values()].filter(({ id }) => !present.has(id)).map((alert) => ({ ...alert, state: 'resolved' as const })),
  ]
}
