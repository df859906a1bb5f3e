import type { Detector } from '../detector.ts'
import { nearLimit } from './near-limit.ts'

/**
 * One voter is casting fast. Changing one’s mind, a retry and a board voted through from top to bottom stay below half
 * of the limit and score nothing. A rate that could not be counted is missing.
 */
export const voterVelocity: Detector = {
  name: 'voter-velocity',
  group: 'velocity',
  detect({ voterRate }) {
    if (voterRate.state !== 'known') return { missing: 'voterRate' }
    return { value: nearLimit(voterRate.value) }
  },
}
