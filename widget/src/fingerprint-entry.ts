/**
 * The lazy script `fingerprint.js`: FingerprintJS, for `fingerprint.ts` to call. It is a script of its own because it
 * weighs more than the whole widget and most boards never need it.
 */
import { load } from '@fingerprintjs/fingerprintjs'
import { pageRegistry } from './lazy-script.ts'

// `monitoring: false`: the library would otherwise ping a third party.
pageRegistry().fingerprint = async () => {
  const agent = await load({ monitoring: false })
  const { visitorId } = await agent.get()
  return visitorId
}
