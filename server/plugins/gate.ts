/** `app.gate`: the policy in force and what the gate remembers between requests, all of it bounded. */
import fp from 'fastify-plugin'
import { FingerprintMemory } from '../gate/fingerprint-memory.ts'
import type { Policy } from '../gate/policies/policy.ts'
import { Windows } from '../gate/windows.ts'

const MAX_KEYS = 100_000

export interface Gate {
  policy: Policy
  windows: { voter: Windows; network: Windows; item: Windows }
  fingerprints: FingerprintMemory
}

declare module 'fastify' {
  interface FastifyInstance {
    gate: Gate
  }
}

export default fp<{ policy: Policy }>(
  async (app, { policy }) => {
    app.decorate('gate', {
      policy,
      windows: {
        voter: new Windows(policy.windows.voter.windowMs, MAX_KEYS),
        network: new Windows(policy.windows.network.windowMs, MAX_KEYS),
        item: new Windows(policy.windows.item.windowMs, MAX_KEYS),
      },
      fingerprints: new FingerprintMemory(MAX_KEYS),
    })
  },
  { name: 'gate' },
)
