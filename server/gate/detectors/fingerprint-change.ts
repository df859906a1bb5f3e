import type { Detector } from '../detector.ts'

/**
 * A device token came back with another fingerprint: a token that was carried away, or a rotator.
 * Travel, a new language or a moved window’s device scale change it for a person (a restart, private mode and zoom do
 * not), so the weight is low. Without consent there is no fingerprint, and that is missing, not suspicious.
 */
export const fingerprintChange: Detector = {
  name: 'fingerprint-change',
  group: 'reputation',
  detect({ fingerprintChanged }) {
    if (fingerprintChanged.state !== 'known') return { missing: 'fingerprintChanged' }
    return { value: fingerprintChanged.value ? 1 : 0 }
  },
}
