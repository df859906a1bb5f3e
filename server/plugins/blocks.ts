/** `app.blocks`: standing blocks in memory, the same on every node within a second of a change. */
import fp from 'fastify-plugin'
import { loadBlocks } from '../../db/queries/blocks.ts'
import { Problem } from '../errors.ts'
import { type BlockEntry, type BlockSubject, Blocklist } from '../gate/blocklist.ts'

declare module 'fastify' {
  interface FastifyInstance {
    blocks: {
      find(projectId: number, subject: BlockSubject, now: number, covers?: BlockEntry['covers']): BlockEntry | undefined
      findLockout(projectId: number, user: string, ip: string, now: number): BlockEntry | undefined
      /** In force on this node from now on, until it expires or is dropped: for what is being written and does not stand yet. */
      hold(entry: BlockEntry): void
      /** The next reload goes by what is written. */
      drop(entry: BlockEntry): void
      reload(): Promise<void>
    }
  }
}

export default fp(
  async (app) => {
    const held = new Set<BlockEntry>()
    let list = new Blocklist([])
    let begun = 0
    let shown = 0
    const reload = async (): Promise<void> => {
      const turn = (begun += 1)
      const now = app.clock()
      const rows = await loadBlocks(app.db, now)
      // A reading that began earlier can end later: it must not take back what a newer one has shown.
      if (turn < shown) return
      shown = turn
      list = new Blocklist(rows)
      for (const entry of held) {
        if (entry.expiresAt > now) list.add(entry)
        else held.delete(entry)
      }
    }
    app.decorate('blocks', {
      find: (projectId, subject, now, covers) => list.find(projectId, subject, now, covers),
      findLockout: (projectId, user, ip, now) => list.findLockout(projectId, user, ip, now),
      hold: (entry) => {
        held.add(entry)
        list.add(entry)
      },
      drop: (entry) => void held.delete(entry),
      reload,
    })
    app.changes.on('blocks', reload)
    await reload()
  },
  { name: 'blocks', dependencies: ['database', 'changes', 'clock'] },
)

/** Throws the problem `blocked` where there is a block. Of one the server set by itself it says when to come back. */
export function refuseBlocked(block: BlockEntry | undefined, now: number): void {
  if (block !== undefined) throw new Problem('blocked', block.automatic ? { retryAfter: secondsLeft(block, now) } : {})
}

export const secondsLeft = ({ expiresAt }: Pick<BlockEntry, 'expiresAt'>, now: number): number => Math.max(1, Math.ceil((expiresAt - now) / 1000))
