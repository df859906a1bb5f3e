/**
 * `app.boards`: each project’s board in memory, serialised once per change. Commits of this node move it at once, commits
 * of others within a quarter of a second; it can be read while PostgreSQL is away.
 */
import { createHash, randomUUID } from 'node:crypto'
import fp from 'fastify-plugin'
import { type ItemRow, listItems } from '../../db/queries/items.ts'
import type { Tally } from '../../db/queries/tallies.ts'
import type { Board } from '../contract/widget.ts'
import { publicTally } from '../gate/public-tally.ts'
import type { TierCode } from '../gate/settle.ts'
import type { Project } from './projects.ts'

const ANNOUNCE_MS = 250

export interface ServedBoard {
  /** Strong, quoted. */
  etag: string
  body: Buffer
}
/** `counted` is the number the board shows: with a cap on anonymous votes it can be less than the votes that count. */
export type ShownItem = Pick<ItemRow, 'id' | 'title' | 'description' | 'status' | 'counted'> & {
  /** What it would show with one more vote of this tier. */
  withOneMore: Record<TierCode, number>
}

export interface Boards {
  serve(project: Project): Promise<ServedBoard>
  item(project: Project, itemId: number): Promise<ShownItem | undefined>
  /** New tallies after a commit of this node. */
  apply(tallies: readonly Tally[]): void
  /** Items changed: read again, here and on the other nodes. */
  refresh(projectId: number): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    boards: Boards
  }
}

interface Held {
  items: Map<number, ItemRow>
  served: ServedBoard | undefined
  servedFor: Project | undefined
}

export default fp(
  async (app) => {
    const node = randomUUID()
    const held = new Map<number, Held>()
    const loading = new Map<number, Promise<Held>>()
    /** Commits so far: a read that began before one is read again, or it would put an older tally back. */
    let commits = 0
    const unannounced = new Map<number, NodeJS.Timeout>()

    const load = (projectId: number): Promise<Held> => {
      const under = loading.get(projectId)
      if (under !== undefined) return under
      const reading = (async () => {
        for (;;) {
          const before = commits
          const rows = await listItems(app.db, projectId)
          if (before !== commits) continue
          const board: Held = { items: new Map(rows.map((row) => [row.id, row])), served: undefined, servedFor: undefined }
          held.set(projectId, board)
          return board
        }
      })().finally(() => loading.delete(projectId))
      loading.set(projectId, reading)
      return reading
    }
    const boardOf = async (projectId: number): Promise<Held> => held.get(projectId) ?? (await load(projectId))

    const announce = (projectId: number): void => {
      if (unannounced.has(projectId)) return
      unannounced.set(projectId, setTimeout(() => {
        unannounced.delete(projectId)
        app.changes.publish('board', `${projectId}@${node}`).catch((error: unknown) =>
          app.log.warn({ err: error }, 'other nodes could not be told of new tallies; their next re-read will find them'))
      }, ANNOUNCE_MS))
    }

    app.decorate('boards', {
      serve: async (project) => {
        const board = await boardOf(project.id)
        if (board.served === undefined || board.servedFor !== project) {
          board.served = serialise(project, board)
          board.servedFor = project
        }
        return board.served
      },
      item: async (project, itemId) => {
        const row = (await boardOf(project.id)).items.get(itemId)
        return row === undefined ? undefined : shown(row, project)
      },
      apply: (tallies) => {
        commits += 1
        for (const { projectId, itemId, ...tally } of tallies) {
          const board = held.get(projectId)
          const item = board?.items.get(itemId)
          // Two commits’ answers can arrive in the other order: the newer tally stays.
          if (board !== undefined && item !== undefined && tally.version > item.version) {
            Object.assign(item, tally)
            board.served = undefined
          }
          announce(projectId)
        }
      },
      refresh: async (projectId) => {
        commits += 1
        await load(projectId)
        announce(projectId)
      },
    })
    app.changes.on('board', async (subject) => {
      // A read under way may have begun before what this tells of.
      commits += 1
      if (subject === undefined) {
        for (const projectId of held.keys()) await load(projectId)
        return
      }
      const [projectId, origin] = subject.split('@')
      if (origin !== node && held.has(Number(projectId))) await load(Number(projectId))
    })
    app.addHook('onClose', async () => {
      for (const timer of unannounced.values()) clearTimeout(timer)
    })
  },
  { name: 'boards', dependencies: ['database', 'changes'] },
)

const shown = (row: ItemRow, { anonymousShare }: Project): ShownItem => ({
  id: row.id, title: row.title, description: row.description, status: row.status, counted: publicTally(row, anonymousShare),
  withOneMore: {
    d: publicTally({ ...row, counted: row.counted + 1 }, anonymousShare),
    v: publicTally({ counted: row.counted + 1, countedVerified: row.countedVerified + 1 }, anonymousShare),
  },
})

function serialise(project: Project, board: Held): ServedBoard {
  const answer: Board = {
    project: { name: project.name, mode: project.mode, fingerprint: project.fingerprint },
    items: [...board.items.values()].map((row) => {
      const { id, title, description, status, counted } = shown(row, project)
      return { id: String(id), title, description, status, votes: counted }
    }),
  }
  const body = Buffer.from(JSON.stringify(answer))
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}
