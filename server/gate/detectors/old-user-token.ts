import type { Detector } from '../detector.ts'

const HOUR = 3_600_000
const FRESH = HOUR
const STALE = 12 * HOUR

/**
 * The user’s token was signed long ago: a token that was carried off lives on until it expires, a page signs a new one when
 * it is loaded. A tab left open overnight is a person’s, hence the lightest weight of all.
 */
export const oldUserToken: Detector = {
  name: 'old-user-token',
  group: 'reputation',
  detect({ userTokenAgeMs }) {
    if (userTokenAgeMs.state !== 'known') return { missing: 'userTokenAgeMs' }
    return { value: Math.min(1, Math.max(0, (userTokenAgeMs.value - FRESH) / (STALE - FRESH))) }
  },
}
