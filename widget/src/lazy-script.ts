/**
 * Scripts that load later, from beside `widget.js`, and the registry through which they and the widget meet: they
 * find the one Preact of the page there, and leave what they bring.
 */
import type { jsx } from 'preact/jsx-runtime'
import type { CreateChallengeKit } from './challenge/kit.ts'
import type { FormKit } from './lazy-form.ts'

/** The script tag the widget came from: what an injected one must repeat to pass the same policy. */
export interface ScriptOrigin {
  /** Absolute URL of `widget.js`. */
  readonly src: string
  readonly nonce: string
  /** True when the host pinned `widget.js`; then the injected scripts are pinned as well. */
  readonly pinned: boolean
}

/** In `feedback.js` this object stands for `preact/jsx-runtime`; see rollup.config.mjs. */
export interface Registry {
  readonly jsx: typeof jsx
  readonly jsxs: typeof jsx
  feedback?: FormKit
  challenge?: CreateChallengeKit
  fingerprint?: () => Promise<Fingerprint>
}

/** What `fingerprint.js` reads. */
export interface Fingerprint {
  readonly visitorId: string
  /** 32 hex digits that describe the machine and not the profile. */
  readonly core: string
}

const REGISTRY = Symbol.for('truetally')

type Page = { [REGISTRY]: Registry }

/** For the scripts `widget.js` loads: it is there before they are. */
export function pageRegistry(): Registry {
  return (globalThis as unknown as Page)[REGISTRY]
}

/** Not enumerable: a page that lists its globals does not meet it. */
export function publishRegistry(registry: Registry): Registry {
  Object.defineProperty(globalThis, REGISTRY, { value: registry, configurable: true })
  return registry
}

/** Put in by the build: the digests of the scripts built beside this one. */
const INTEGRITY = { challenge: '__CHALLENGE_INTEGRITY__', feedback: '__FEEDBACK_INTEGRITY__', fingerprint: '__FINGERPRINT_INTEGRITY__' }

/** Loads one script and lets it run. Rejects when the network or a policy of the page prevents that. */
export type LoadScript = (name: keyof typeof INTEGRITY) => Promise<void>

/** Makes an address acceptable where the page demands Trusted Types. */
export type Bless = (url: string) => string

interface ScriptPolicy {
  createScriptURL: Bless
}

interface TrustedTypes {
  createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy
}

export function createScriptLoader({ src, nonce, pinned }: ScriptOrigin): { loadScript: LoadScript; bless: Bless } {
  // It blesses what lies beside `widget.js` and the widget's own worker. Only the widget's code is handed it.
  const rules: ScriptPolicy = { createScriptURL: (url) => new URL(url, src).href }
  let policy: ScriptPolicy | undefined
  // Not before it is needed: a page that allows no policy still has a board.
  const bless: Bless = (url) =>
    (policy ??= (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('truetally', rules) ?? rules).createScriptURL(url)
  return {
    bless,
    loadScript: (name) =>
      new Promise((resolve, reject) => {
        const script = document.createElement('script')
        script.nonce = nonce
        if (pinned) {
          script.crossOrigin = 'anonymous'
          script.integrity = INTEGRITY[name]
        }
        script.addEventListener('load', () => resolve())
        script.addEventListener('error', reject)
        script.src = bless(`${name}.js`)
        document.head.append(script)
      }),
  }
}
