/** `app.cohorts`: standing cohorts and expected spikes in memory, the same on every node within a second of a change. */
import fp from 'fastify-plugin'
import { loadStandingCohorts } from '../../db/queries/cohorts.ts'
import { loadCurrentSpikes } from '../../db/queries/expected-spikes.ts'
import { CohortList, type CohortSigns, SpikeList } from '../gate/cohort-list.ts'

export interface Cohorts {
  /** The id of a standing cohort on this item that shares one of the vote’s signs. */
  find(projectId: number, itemId: number, signs: CohortSigns, now: number): number | undefined
  /** Whether somebody said that many people would come for this item at that time; good for two days back. */
  spikeExpected(projectId: number, itemId: number, at: number): boolean
  reload(): Promise<void>
  /** For whoever changed cohorts or spikes: this node at once, the others by notification. */
  announce(): Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    cohorts: Cohorts
  }
}

export default fp(
  async (app) => {
    let cohorts = new CohortList([])
    let spikes = new SpikeList([])
    let begun = 0
    let shown = 0
    const reload = async (): Promise<void> => {
      const turn = (begun += 1)
      const now = app.clock()
      const standing = await loadStandingCohorts(app.db, now)
      const current = await loadCurrentSpikes(app.db, now)
      // A reading that began earlier can end later: it must not take back what a newer one has shown.
      if (turn < shown) return
      shown = turn
      cohorts = new CohortList(standing)
      spikes = new SpikeList(current)
    }
    app.decorate('cohorts', {
      find: (projectId, itemId, signs, now) => cohorts.find(projectId, itemId, signs, now),
      spikeExpected: (projectId, itemId, at) => spikes.expected(projectId, itemId, at),
      reload,
      announce: async () => {
        await reload()
        await app.changes.publish('cohorts')
      },
    })
    app.changes.on('cohorts', reload)
    await reload()
  },
  { name: 'cohorts', dependencies: ['database', 'changes', 'clock'] },
)
