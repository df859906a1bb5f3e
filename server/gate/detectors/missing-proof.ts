import type { Detector } from '../detector.ts'

/**
 * The session asked for a proof of work and the vote brings none, or one that does not hold: for another item, another
 * challenge, too easy. The widget works it out on every browser, with and without workers or crypto.subtle, so people have
 * one. Where none was asked for, none is missing.
 */
export const missingProof: Detector = {
  name: 'missing-proof',
  group: 'integrity',
  detect({ proof }) {
    if (proof.state !== 'known') return { missing: 'proof' }
    return { value: proof.value === 'solved' ? 0 : 1 }
  },
}
