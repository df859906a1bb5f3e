/**
 * Loads `fingerprint.js` and reads the fingerprint once per page. Every failure (CSP, ad blocker, slow network) means
 * "unknown": a vote goes on without it.
 */
import type { Fingerprint, LoadScript, Registry } from './lazy-script.ts'

/** A vote waits this long for a fingerprint, in ms; collecting one takes a median of 660. */
const PATIENCE = 1200

export interface Fingerprinter {
  /** Starts loading; harmless to call again. */
  warm(): void
  /** What it found, or undefined when it failed or is not there in time. */
  read(): Promise<Fingerprint | undefined>
}

export function createFingerprinter(loadScript: LoadScript, registry: Registry): Fingerprinter {
  let reading: Promise<Fingerprint | undefined> | undefined
  const start = () => (reading ??= loadScript('fingerprint').then(() => registry.fingerprint?.()).catch(() => undefined))
  return {
    warm: start,
    read: () => Promise.race([start(), new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE))]),
  }
}
