/**
 * `app.boards`: each project’s board in memory, serialised again when it has changed, and at most every quarter of a second however
 * fast votes come. It can be read while PostgreSQL is away: those of the first projects are read before the server listens, and a
 * reload that fails leaves what was there.
 */
import { randomUUID } from 'node:crypto'
import fp from 'fastify-plugin'
import { type ItemRow, listItems } from '../../db/queries/items.ts'
import type { Tally } from '../../db/queries/tallies.ts'
import type { Board } from '../contract/widget.ts'
import { publicTally } from '../gate/public-tally.ts'
import type { TierCode } from '../gate/settle.ts'
import { Edition } from './board-edition.ts'
import type { Project } from './projects.ts'

const ANNOUNCE_MS = 250
const RETRY_MS = 1000
/** Of all boards held together. The ones read longest ago make room, and come back from the database when somebody reads them. */
const MAX_ITEMS_HELD = 50_000
/** Read before the server listens, the first projects first. */
const PREWARMED = 200
const PREWARM_AT_ONCE = 4

/** `counted` is the number the board shows: with a cap on anonymous votes it can be less than the votes that count. */
export type ShownItem = Pick<ItemRow, 'id' | 'title' | 'description' | 'status' | 'counted'> & {
  /** What it would show with one more vote of this tier. */
  withOneMore: Record<TierCode, number>
}

export interface Boards {
  /** Serialised now, if it has changed and the last time is long enough ago. Throws what kept a board that is not held from being read. */
  edition(project: Project): Promise<Edition>
  /** The same if there is nothing to do for it, and nothing to wait for. `now` is performance.now(). */
  current(project: Project, now: number): Edition | undefined
  /** undefined: the board has none, or it was merged into another. */
  item(project: Project, itemId: number): Promise<ShownItem | undefined>
  /** What a merged item’s votes went to, through all its merges. undefined: there is no such item, or it is not merged. */
  mergedInto(project: Project, itemId: number): Promise<ShownItem | undefined>
  /** New tallies after a commit of this node. */
  apply(tallies: readonly Tally[]): void
  /** Items changed: read again, here and on the other nodes, at once. */
  refresh(projectId: number): Promise<void>
  readonly saturation: { boards: number; items: number; forgotten: number }
}

declare module 'fastify' {
  interface FastifyInstance {
    boards: Boards
  }
}

interface Held {
  items: Map<number, ItemRow>
  edition: Edition | undefined
  editionFor: Project | undefined
  /** Since it was serialised. */
  changed: boolean
  /** These three in milliseconds of a clock that nobody sets. */
  loadedAt: number
  serialisedAt: number
  usedAt: number
}
interface Reading {
  /** Tallies that were committed while it reads: what it read may be older. */
  applied: Map<number, Tally>
}

export default fp<{ everyMs: number }>(
  async (app, { everyMs }) => {
    const node = randomUUID()
    const held = new Map<number, Held>()
    const loading = new Map<number, Reading & { done: Promise<Held> }>()
    const reloads = new Map<number, NodeJS.Timeout>()
    /** Changed, and not read again yet: one after the other, for their queries take the connections that votes are written by. */
    const stale = new Set<number>()
    let retry: NodeJS.Timeout | undefined
    const unannounced = new Map<number, NodeJS.Timeout>()
    let closing = false
    let itemsHeld = 0
    let forgotten = 0

    const forget = (projectId: number): void => {
      itemsHeld -= held.get(projectId)?.items.size ?? 0
      held.delete(projectId)
    }
    const makeRoom = (keep: number): void => {
      if (itemsHeld <= MAX_ITEMS_HELD) return
      const longestUnread = [...held].filter(([projectId]) => projectId !== keep).toSorted(([, one], [, other]) => one.usedAt - other.usedAt)
      for (const [projectId] of longestUnread) {
        // A tenth at once, so that the next ones are not sorted for each board that comes.
        if (itemsHeld <= MAX_ITEMS_HELD * 0.9) return
        forget(projectId)
        forgotten += 1
      }
    }
    const hold = (projectId: number, items: Map<number, ItemRow>): Held => {
      const before = held.get(projectId)
      const now = performance.now()
      const board: Held = {
        items, edition: before?.edition, editionFor: before?.editionFor, changed: true,
        loadedAt: now, serialisedAt: -Infinity, usedAt: before?.usedAt ?? now,
      }
      itemsHeld += items.size - (before?.items.size ?? 0)
      held.set(projectId, board)
      makeRoom(projectId)
      return board
    }

    const read = async (projectId: number, reading: Reading): Promise<Held> => {
      try {
        const items = new Map((await listItems(app.votersDb, projectId)).map((row) => [row.id, row]))
        for (const tally of reading.applied.values()) move(items, tally)
        return hold(projectId, items)
      } finally {
        loading.delete(projectId)
      }
    }
    const load = (projectId: number): Promise<Held> => {
      const under = loading.get(projectId)
      if (under !== undefined) return under.done
      const reading: Reading = { applied: new Map() }
      const done = read(projectId, reading)
      loading.set(projectId, Object.assign(reading, { done }))
      return done
    }
    /**
     * What is being read may have begun before what this is about: one that begins after it. It is kept all the same; to read until
     * nothing came in between would never end where other nodes announce their commits faster than a board is read.
     */
    const loadAgain = async (projectId: number): Promise<Held> => {
      await loading.get(projectId)?.done.catch(() => undefined)
      return await load(projectId)
    }
    /** Stops at the first that fails, and tries again: the database is away, and the boards stay as they are. */
    const loadStale = async (): Promise<void> => {
      clearTimeout(retry)
      retry = undefined
      for (const projectId of stale) {
        try {
          if (held.has(projectId) || loading.has(projectId)) await loadAgain(projectId)
          stale.delete(projectId)
        } catch (error) {
          stale.add(projectId)
          if (closing) return
          app.log.warn({ err: error, projectId, boards: stale.size }, 'a changed board could not be read; it stays as it was, and is tried again')
          retry ??= setTimeout(() => void loadStale(), RETRY_MS)
          return
        }
      }
    }
    /** Other nodes announce their commits, each of them up to four times a second. */
    const reloadSoon = (projectId: number): void => {
      if (reloads.has(projectId) || !(held.has(projectId) || loading.has(projectId))) return
      const loadedAt = held.get(projectId)?.loadedAt ?? -Infinity
      reloads.set(projectId, setTimeout(() => {
        reloads.delete(projectId)
        stale.add(projectId)
        void loadStale()
      }, Math.max(0, loadedAt + everyMs - performance.now())))
    }

    const boardOf = async (projectId: number): Promise<Held> => {
      const board = held.get(projectId) ?? (await load(projectId))
      board.usedAt = performance.now()
      return board
    }
    const isDue = (board: Held, project: Project, now: number): boolean =>
      board.editionFor !== project || (board.changed && now - board.serialisedAt >= everyMs)

    const tellOthers = (projectId: number): Promise<void> =>
      app.changes.publish('board', `${projectId}@${node}`).catch((error: unknown) =>
        app.log.warn({ err: error }, 'other nodes could not be told of a changed board; their next re-read will find it'))
    const announce = (projectId: number): void => {
      if (unannounced.has(projectId)) return
      unannounced.set(projectId, setTimeout(() => {
        unannounced.delete(projectId)
        void tellOthers(projectId)
      }, ANNOUNCE_MS))
    }

    app.decorate('boards', {
      edition: async (project) => {
        const board = await boardOf(project.id)
        if (board.edition === undefined || isDue(board, project, board.usedAt)) serialise(project, board)
        return board.edition as Edition
      },
      current: (project, now) => {
        const board = held.get(project.id)
        if (board === undefined || isDue(board, project, now)) return undefined
        board.usedAt = now
        return board.edition
      },
      item: async (project, itemId) => {
        const row = (await boardOf(project.id)).items.get(itemId)
        return row === undefined || row.mergedInto !== null ? undefined : shown(row, project)
      },
      mergedInto: async (project, itemId) => {
        const { items } = await boardOf(project.id)
        let row = items.get(itemId)
        if (row === undefined || row.mergedInto === null) return undefined
        while (row !== undefined && row.mergedInto !== null) row = items.get(row.mergedInto)
        return row === undefined ? undefined : shown(row, project)
      },
      apply: (tallies) => {
        for (const tally of tallies) {
          const { projectId, itemId } = tally
          const board = held.get(projectId)
          if (board !== undefined && move(board.items, tally)) board.changed = true
          const applied = loading.get(projectId)?.applied
          if (applied !== undefined && tally.version > (applied.get(itemId)?.version ?? -1)) applied.set(itemId, tally)
          announce(projectId)
        }
      },
      refresh: async (projectId) => {
        stale.add(projectId)
        await loadAgain(projectId)
        stale.delete(projectId)
        await tellOthers(projectId)
      },
      get saturation() {
        return { boards: held.size, items: itemsHeld, forgotten }
      },
    })
    app.changes.on('board', async (subject) => {
      if (subject === undefined) {
        for (const projectId of held.keys()) stale.add(projectId)
        await loadStale()
        return
      }
      const [projectId, origin] = subject.split('@')
      if (origin !== node) reloadSoon(Number(projectId))
    })
    app.addHook('onReady', async () => {
      const waiting = app.projects.all().slice(0, PREWARMED)
      await Promise.all(Array.from({ length: PREWARM_AT_ONCE }, async () => {
        for (let project = waiting.shift(); project !== undefined; project = waiting.shift()) {
          await load(project.id).catch((error: unknown) => app.log.warn({ err: error }, 'a board could not be read ahead; its first reader will'))
        }
      }))
    })
    app.addHook('onClose', async () => {
      closing = true
      for (const timer of [...unannounced.values(), ...reloads.values(), retry]) clearTimeout(timer)
    })
  },
  { name: 'boards', dependencies: ['database', 'changes', 'projects'] },
)

/** Two commits’ answers can arrive in the other order: the newer tally stays. false: nothing moved. */
function move(items: Map<number, ItemRow>, { projectId: _projectId, itemId, ...tally }: Tally): boolean {
  const item = items.get(itemId)
  if (item === undefined || tally.version <= item.version) return false
  Object.assign(item, tally)
  return true
}

const shown = (row: ItemRow, { anonymousShare }: Project): ShownItem => ({
  id: row.id, title: row.title, description: row.description, status: row.status, counted: publicTally(row, anonymousShare),
  withOneMore: {
    d: publicTally({ ...row, counted: row.counted + 1 }, anonymousShare),
    v: publicTally({ counted: row.counted + 1, countedVerified: row.countedVerified + 1 }, anonymousShare),
  },
})

function serialise(project: Project, board: Held): void {
  const answer: Board = {
    project: { name: project.name, mode: project.mode, fingerprint: project.fingerprint },
    items: [...board.items.values()].filter((row) => row.mergedInto === null).map((row) => {
      const { id, title, description, status, counted } = shown(row, project)
      return { id: String(id), title, description, status, votes: counted }
    }),
  }
  const body = Buffer.from(JSON.stringify(answer))
  // A held vote moves a tally and nothing that is shown: what was compressed stays so.
  if (board.edition?.plain.body.equals(body) !== true) board.edition = new Edition(body)
  board.editionFor = project
  board.serialisedAt = performance.now()
  board.changed = false
}
