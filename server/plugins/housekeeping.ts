/** Partitions ahead of time, retention behind: at start, and every hour after, so a retention made shorter can be taken back that long. */
import fp from 'fastify-plugin'
import { keepPartitions } from '../../db/queries/partitions.ts'
import { inTransaction } from '../../db/queryable.ts'

const EVERY_MS = 3_600_000

export default fp(
  async (app) => {
    const keep = async (): Promise<void> => {
      await inTransaction(app.db, (client) => keepPartitions(client, app.clock(), app.modes.retentionDays.value))
    }
    await keep()
    const timer = setInterval(() => {
      keep().catch((error: unknown) => app.log.error({ err: error }, 'housekeeping failed; the next hour tries again'))
    }, EVERY_MS)
    timer.unref()
    app.addHook('onClose', async () => clearInterval(timer))
  },
  { name: 'housekeeping', dependencies: ['database', 'clock', 'modes'] },
)
