/** `app.recorder`: the one writer of votes on this node. */
import fp from 'fastify-plugin'
import { Recorder } from '../gate/record.ts'

export const MAX_WAITING_BALLOTS = 5000

declare module 'fastify' {
  interface FastifyInstance {
    recorder: Recorder
  }
}

export default fp(
  async (app) => {
    const recorder = new Recorder({ pool: app.votersDb, maxQueue: MAX_WAITING_BALLOTS, onCommit: (tallies) => app.boards.apply(tallies) })
    app.decorate('recorder', recorder)
    app.addHook('onClose', () => recorder.drain())
  },
  { name: 'recorder', dependencies: ['database', 'boards'] },
)
