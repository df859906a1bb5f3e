/** `app.clock`: milliseconds since the epoch, and what tests replace. Everything below routes gets time as an argument. */
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    clock: () => number
  }
}

export default fp<{ clock: () => number }>(
  async (app, { clock }) => {
    app.decorate('clock', clock)
  },
  { name: 'clock' },
)
