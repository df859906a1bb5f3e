/** Loads `challenge.js`, which knows how a vote is proven. A vote whose page keeps the script out goes without. */
import type { ChallengeKit, CreateChallengeKit } from './challenge/kit.ts'
import type { Bless, LoadScript, Registry } from './lazy-script.ts'
import { addStyles } from './stylesheet.ts'
import { addEnglish } from './translate.ts'

/** A vote waits this long for the script, in ms: as long as for an answer of the server. */
const PATIENCE = 10_000

/** The kit, or undefined when it failed to load or is not there in time. Harmless to call ahead. */
export type LoadChallenge = () => Promise<ChallengeKit | undefined>

export function createChallengeLoader(loadScript: LoadScript, registry: Registry, bless: Bless): LoadChallenge {
  let loading: Promise<ChallengeKit | undefined> | undefined

  async function start(): Promise<ChallengeKit | undefined> {
    try {
      await loadScript('challenge')
      // A script that left nothing, such as a blocker's empty one, throws here: it has not loaded either.
      const kit = (registry.challenge as CreateChallengeKit)(bless)
      addEnglish(kit.messages)
      addStyles(kit.styles)
      return kit
    } catch {
      // The next vote may have more luck.
      loading = undefined
      return undefined
    }
  }

  return () => Promise.race([(loading ??= start()), new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE))])
}
