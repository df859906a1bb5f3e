import type { Detector } from '../detector.ts'
import { nearLimit } from './near-limit.ts'

/**
 * One item is gathering votes fast. A launch day looks the same and its voters are innocent, so the weight is the lowest
 * of all and an item over its limit never makes anyone wait. A rate that could not be counted is missing.
 */
export const itemVelocity: Detector = {
  name: 'item-velocity',
  group: 'velocity',
  detect({ itemRate }) {
    if (itemRate.state !== 'known') return { missing: 'itemRate' }
    return { value: nearLimit(itemRate.value) }
  },
}
