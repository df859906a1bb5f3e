/** `app.allowedSources`: sources that nothing automatic acts on, in memory, the same on every node within a second of a change. */
import fp from 'fastify-plugin'
import { loadAllowedSources } from '../../db/queries/allowed-sources.ts'
import { Allowlist } from '../gate/allowlist.ts'

declare module 'fastify' {
  interface FastifyInstance {
    allowedSources: {
      /** In that project, or in every one; project 0 asks for the latter alone. */
      includes(projectId: number, address: string, now: number): boolean
      reload(): Promise<void>
    }
  }
}

export default fp(
  async (app) => {
    let list = new Allowlist([])
    let begun = 0
    let shown = 0
    const reload = async (): Promise<void> => {
      const turn = (begun += 1)
      const rows = await loadAllowedSources(app.db, app.clock())
      // A reading that began earlier can end later: it must not take back what a newer one has shown.
      if (turn < shown) return
      shown = turn
      list = new Allowlist(rows)
    }
    app.decorate('allowedSources', { includes: (projectId, address, now) => list.includes(projectId, address, now), reload })
    app.changes.on('blocks', reload)
    await reload()
  },
  { name: 'allowed-sources', dependencies: ['database', 'changes', 'clock'] },
)
