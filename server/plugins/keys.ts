/** `app.keys`: one key for each purpose, derived from the master secret. */
import fp from 'fastify-plugin'
import type { Keyring } from '../tokens/keys.ts'

declare module 'fastify' {
  interface FastifyInstance {
    keys: Keyring
  }
}

export default fp<{ keyring: Keyring }>(
  async (app, { keyring }) => {
    app.decorate('keys', keyring)
  },
  { name: 'keys' },
)
