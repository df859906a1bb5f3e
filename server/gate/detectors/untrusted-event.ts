import type { Detector } from '../detector.ts'

/**
 * A script made the event that cast the vote (isTrusted false): el.click(), dispatchEvent.
 * Assistive technology goes through the browser and stays trusted. Keyboard extensions that click by link hints do not,
 * which is why the cap of the group, below the hold band, and not the weight, decides what this costs alone.
 */
export const untrustedEvent: Detector = {
  name: 'untrusted-event',
  group: 'automation',
  detect({ trusted }) {
    if (trusted.state !== 'known') return { missing: 'trusted' }
    return { value: trusted.value ? 0 : 1 }
  },
}
