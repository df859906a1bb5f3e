/** `app.clock` and `app.keys`: the two things tests replace. Everything below routes gets time as an argument. */
import fp from 'fastify-plugin'
import type { Keyring } from '../tokens/keys.ts'

declare module 'fastify' {
  interface FastifyInstance {
    clock: () => number
    keys: Keyring
  }
}

export default fp<{ clock: () => number; keys: Keyring }>(
  async (app, { clock, keys }) => {
    app.decorate('clock', clock)
    app.decorate('keys', keys)
  },
  { name: 'clock' },
)
