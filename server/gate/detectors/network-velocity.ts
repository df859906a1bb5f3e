import type { Detector } from '../detector.ts'
import { nearLimit } from './near-limit.ts'

/**
 * One network (/24, /64) is voting fast. An office or a campus behind one address is many honest people: half of the
 * limit is theirs for nothing, and beyond it this is one reason among others. A rate that could not be counted is missing.
 */
export const networkVelocity: Detector = {
  name: 'network-velocity',
  group: 'velocity',
  detect({ networkRate }) {
    if (networkRate.state !== 'known') return { missing: 'networkRate' }
    return { value: nearLimit(networkRate.value) }
  },
}
