/** `app.blocks`: standing blocks in memory, the same on every node within a second of a change. */
import fp from 'fastify-plugin'
import { loadBlocks } from '../../db/queries/blocks.ts'
import { type BlockEntry, type BlockSubject, Blocklist } from '../gate/blocklist.ts'

declare module 'fastify' {
  interface FastifyInstance {
    blocks: {
      find(projectId: number, subject: BlockSubject, now: number): BlockEntry | undefined
      reload(): Promise<void>
    }
  }
}

export default fp(
  async (app) => {
    let list = new Blocklist([])
    let begun = 0
    let shown = 0
    const reload = async (): Promise<void> => {
      const turn = (begun += 1)
      const rows = await loadBlocks(app.db, app.clock())
      // A reading that began earlier can end later: it must not take back what a newer one has shown.
      if (turn < shown) return
      shown = turn
      list = new Blocklist(rows)
    }
    app.decorate('blocks', { find: (projectId, subject, now) => list.find(projectId, subject, now), reload })
    app.changes.on('blocks', reload)
    await reload()
  },
  { name: 'blocks', dependencies: ['database', 'changes', 'clock'] },
)
