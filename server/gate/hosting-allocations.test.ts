import { describe, expect, it } from 'vitest'
import { hostingNetworkAt } from './hosting-allocations.ts'
import { isHostingNetwork } from './hosting-networks.ts'

describe('an address of a hosting company', () => {
  it.each([
    ['52.95.110.1', 16509], ['3.120.0.1', 16509], ['34.91.4.4', 396982], ['20.50.2.3', 8075], ['51.68.0.0', 16276], ['51.68.255.255', 16276],
    ['88.198.7.7', 24940], ['159.65.1.1', 14061], ['172.105.0.9', 63949], ['45.77.3.3', 20473], ['51.15.9.9', 12876], ['132.145.1.1', 31898],
    ['47.91.1.1', 45102], ['2a01:4f8:c17::1', 24940], ['2604:a880:400::1', 14061], ['2600:1f18::1', 16509], ['2001:41d0:8::1', 16276],
    ['::ffff:88.198.7.7', 24940],
  ])('%s is of AS%i', (address, asn) => {
    expect(hostingNetworkAt(address)).toBe(asn)
    expect(isHostingNetwork(asn)).toBe(true)
  })
})

describe('an address of people', () => {
  it.each([
    '91.0.0.1', '81.2.69.160', '2003:e0::1', '2a02:908::1', '127.0.0.1', '10.0.0.1', '192.168.1.1', '100.64.0.1', '0.0.0.0', '255.255.255.255',
    '::1', 'fd00::1', 'fe80::1', '203.0.113.7', '51.67.255.255', '51.69.0.0',
    // Private Relay, WARP, Google’s and Microsoft’s offices: no servers’ addresses.
    '104.28.1.1', '172.224.226.1', '8.8.8.8', '131.107.1.1', '1.1.1.1', '', 'garbage', '1.2.3', '999.1.1.1',
  ])('%j is none', (address) => expect(hostingNetworkAt(address)).toBeUndefined())
})
