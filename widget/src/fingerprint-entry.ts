/**
 * The lazy script `fingerprint.js`: FingerprintJS under a private symbol, for `fingerprint.ts` to call. It is a
 * script of its own because it weighs more than the whole widget and most boards never need it.
 */
import { load } from '@fingerprintjs/fingerprintjs'
import type { FingerprintGlobal } from './fingerprint.ts'

const page: FingerprintGlobal = globalThis

// `monitoring: false`: the library would otherwise ping a third party.
page[Symbol.for('truetally.fingerprint')] = async () => {
  const agent = await load({ monitoring: false })
  const { visitorId } = await agent.get()
  return visitorId
}
