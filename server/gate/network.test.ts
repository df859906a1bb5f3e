import { expect, it } from 'vitest'
import { inNetwork, networkOf, normaliseAddress, normaliseNetwork } from './network.ts'

it.each([
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:DB8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['192.0.2.7', '192.0.2.7'],
])('gives %s one canonical text', (given, canonical) => expect(normaliseAddress(given)).toBe(canonical))

it.each(['', 'localhost', '192.0.2', '0x7f.1', '192.0.2.7; drop table votes', '1234'])('refuses %j as an address', (given) =>
  expect(normaliseAddress(given)).toBeUndefined())

it('judges IPv4 by /24 and IPv6 by /64', () => {
  expect(networkOf('192.0.2.77')).toBe('192.0.2.0/24')
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
  expect(networkOf('::ffff:192.0.2.77')).toBe('192.0.2.0/24')
})

it('clears host bits and refuses networks too wide to be a source', () => {
  expect(normaliseNetwork('203.0.113.77/25')).toBe('203.0.113.0/25')
  expect(normaliseNetwork('2001:db8:1:2:3::/48')).toBe('2001:db8:1::/48')
  expect(normaliseNetwork('::ffff:203.0.113.77/120')).toBe('203.0.113.0/24')
  expect(['0.0.0.0/0', '::/0', '10.0.0.0/7', '10.0.0.1', 'x/24', '10.0.0.0/33', '::ffff:0:0/96'].map(normaliseNetwork)).toEqual(Array(7).fill(undefined))
})

it('tells what is inside', () => {
  expect(inNetwork('203.0.113.130', '203.0.113.128/25')).toBe(true)
  expect(inNetwork('203.0.113.100', '203.0.113.128/25')).toBe(false)
  expect(inNetwork('2001:db8::1', '203.0.113.0/24')).toBe(false)
})
