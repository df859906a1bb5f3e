import type { Detector } from '../detector.ts'

/**
 * A script made the event that cast the vote (isTrusted false): el.click(), dispatchEvent.
 * Assistive technology goes through the browser and stays trusted. Keyboard extensions that click by link hints do not:
 * alone it holds the vote, as the cap of the group has it, until a moderator says otherwise.
 */
export const untrustedEvent: Detector = {
  name: 'untrusted-event',
  group: 'automation',
  detect({ trusted }) {
    if (trusted.state !== 'known') return { missing: 'trusted' }
    return { value: trusted.value ? 0 : 1 }
  },
}
