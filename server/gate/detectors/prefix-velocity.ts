import type { Detector } from '../detector.ts'
import { nearLimit } from './near-limit.ts'

/**
 * One IPv6 /48 is voting fast: whoever rents one has 65,536 networks of a /64 to change between. A campus may be one /48
 * as well: half of the limit is free, as in network-velocity. IPv4 has no such fact, and misses it.
 */
export const prefixVelocity: Detector = {
  name: 'prefix-velocity',
  group: 'network',
  detect({ prefixRate }) {
    if (prefixRate.state !== 'known') return { missing: 'prefixRate' }
    return { value: nearLimit(prefixRate.value) }
  },
}
