import type { Detector } from '../detector.ts'

/**
 * The address belongs to a data centre, where servers live and few people do. Many VPNs have their exits there, and some
 * companies route their offices through one: a low weight, and never a reason by itself.
 */
export const hostingNetwork: Detector = {
  name: 'hosting-network',
  group: 'network',
  detect({ hosting }) {
    if (hosting.state !== 'known') return { missing: 'hosting' }
    return { value: hosting.value ? 1 : 0 }
  },
}
