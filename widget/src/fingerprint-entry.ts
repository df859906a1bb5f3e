/**
 * The lazy script `fingerprint.js`: FingerprintJS, for `fingerprint.ts` to call. It is a script of its own because it
 * weighs more than the whole widget and most boards never need it.
 */
import { hashComponents, load } from '@fingerprintjs/fingerprintjs'
import { pageRegistry } from './lazy-script.ts'

/**
 * What the machine and its browser build are like, whatever the profile says: no time zone, language, user agent or screen.
 * One who forges those by the dozen shows one hash here.
 */
const CORE = ['canvas', 'audio', 'math', 'fonts', 'plugins', 'webGlExtensions', 'architecture'] as const

// `monitoring: false`: the library would otherwise ping a third party.
pageRegistry().fingerprint = async () => {
  const agent = await load({ monitoring: false })
  const { visitorId, components } = await agent.get()
  return { visitorId, core: hashComponents(Object.fromEntries(CORE.map((name) => [name, components[name]]))) }
}
