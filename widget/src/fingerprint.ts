/**
 * Loads `fingerprint.js` beside the widget's own script and reads the visitorId once per page. Every failure (CSP,
 * ad blocker, slow network) means "unknown": a vote goes on without it.
 */
const REGISTERED = Symbol.for('truetally.fingerprint')
/** A vote waits this long for a fingerprint, in ms; collecting one takes a median of 660. */
const PATIENCE = 1200

export type FingerprintGlobal = { [key: symbol]: (() => Promise<string>) | undefined }

/** The script tag the widget came from: what the injected one must repeat to pass the same policy. */
export interface ScriptOrigin {
  /** Absolute URL of `widget.js`. */
  readonly src: string
  readonly nonce: string
  /** True when the host pinned `widget.js`; then the injected script is pinned as well. */
  readonly pinned: boolean
}

export interface Fingerprinter {
  /** Starts loading; harmless to call again. */
  warm(): void
  /** The visitorId, or undefined when it failed or is not there in time. */
  read(): Promise<string | undefined>
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

function trustScriptUrl(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  // The policy blesses one URL only, whatever it is handed.
  return trustedTypes ? trustedTypes.createPolicy('truetally', { createScriptURL: () => url }).createScriptURL(url) : url
}

function injectScript(origin: ScriptOrigin): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.nonce = origin.nonce
    if (origin.pinned) {
      script.crossOrigin = 'anonymous'
      script.integrity = '__FINGERPRINT_INTEGRITY__'
    }
    script.addEventListener('load', () => resolve())
    script.addEventListener('error', reject)
    script.src = trustScriptUrl(new URL('fingerprint.js', origin.src).href)
    document.head.append(script)
  })
}

async function readVisitorId(origin: ScriptOrigin): Promise<string | undefined> {
  const page = globalThis as FingerprintGlobal
  await injectScript(origin)
  return page[REGISTERED]?.()
}

export function createFingerprinter(origin: ScriptOrigin): Fingerprinter {
  let reading: Promise<string | undefined> | undefined
  const start = () => (reading ??= readVisitorId(origin).catch(() => undefined))
  return {
    warm: start,
    read: () => Promise.race([start(), new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE))]),
  }
}
