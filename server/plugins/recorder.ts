/** `app.recorder`: the one writer of votes on this node. */
import fp from 'fastify-plugin'
import { Recorder } from '../gate/record.ts'

declare module 'fastify' {
  interface FastifyInstance {
    recorder: Recorder
  }
}

export default fp(
  async (app) => {
    const recorder = new Recorder({ pool: app.db, maxQueue: 5000, onCommit: (tallies) => app.boards.apply(tallies) })
    app.decorate('recorder', recorder)
    app.addHook('onClose', () => recorder.drain())
  },
  { name: 'recorder', dependencies: ['database', 'boards'] },
)
