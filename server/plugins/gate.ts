/** `app.gate`: the policy in force and what the gate remembers between requests, all of it bounded. */
import fp from 'fastify-plugin'
import { noteTrial } from '../../db/queries/shadow.ts'
import { ArrivalMemory } from '../gate/arrival-memory.ts'
import { FingerprintMemory } from '../gate/fingerprint-memory.ts'
import { GestureMemory } from '../gate/gesture-memory.ts'
import { KeySequenceMemory } from '../gate/key-sequence-memory.ts'
import { onlyLogged } from '../gate/policies/only-logged.ts'
import type { Policy } from '../gate/policies/policy.ts'
import { ReplayMemory } from '../gate/replay-memory.ts'
import { UserSequenceMemory } from '../gate/user-sequence-memory.ts'
import { Windows } from '../gate/windows.ts'
import { WEBHOOK_TOLERANCE_MS } from '../tokens/webhook-signature.ts'

export const MAX_KEYS = 100_000
/** With eight keys each. */
export const MAX_NETWORKS = 10_000
export const MAX_MESSAGES = 10_000

export interface Gate {
  /** In force now. It changes with the gate’s mode: whoever needs it for more than one request asks again. */
  readonly policy: Policy
  /** The same as it is when the gate enforces. */
  readonly own: Policy
  /** On trial: judged beside the policy, never acted on. */
  readonly shadow: Policy | undefined
  windows: Record<'voter' | 'network' | 'prefix' | 'item', Windows>
  fingerprints: FingerprintMemory
  gestures: GestureMemory
  arrivals: ArrivalMemory
  users: UserSequenceMemory
  /** Unknown project keys, by the network that asked for them. */
  keys: KeySequenceMemory
  /** Signed messages of monitors. */
  messages: ReplayMemory
}

declare module 'fastify' {
  interface FastifyInstance {
    gate: Gate
  }
}

export default fp<{ policy: Policy; shadow: Policy | undefined }>(
  async (app, { policy, shadow }) => {
    await noteTrial(app.db, shadow?.version ?? null, app.clock())
    const logging = onlyLogged(policy)
    app.decorate('gate', {
      get policy() {
        return app.modes.gateMode.value === 'log' ? logging : policy
      },
      own: policy,
      shadow,
      windows: {
        voter: new Windows(policy.windows.voter.windowMs, MAX_KEYS),
        network: new Windows(policy.windows.network.windowMs, MAX_KEYS),
        prefix: new Windows(policy.windows.prefix.windowMs, MAX_KEYS),
        item: new Windows(policy.windows.item.windowMs, MAX_KEYS),
      },
      fingerprints: new FingerprintMemory(MAX_KEYS),
      gestures: new GestureMemory(MAX_KEYS),
      arrivals: new ArrivalMemory(MAX_KEYS),
      users: new UserSequenceMemory(MAX_KEYS),
      keys: new KeySequenceMemory(MAX_NETWORKS),
      // A timestamp may be that far ahead as well as behind.
      messages: new ReplayMemory(MAX_MESSAGES, 2 * WEBHOOK_TOLERANCE_MS),
    })
  },
  { name: 'gate', dependencies: ['database', 'clock', 'modes'] },
)
