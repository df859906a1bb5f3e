import { expect, it } from 'vitest'
import { Allowlist, overlaps } from './allowlist.ts'

const NOW = 1_700_000_000_000
const list = new Allowlist([
  { projectId: 7, network: '203.0.113.0/24', expiresAt: null },
  { projectId: 0, network: '198.51.100.7/32', expiresAt: NOW + 1000 },
  { projectId: 8, network: '2001:db8:1::/48', expiresAt: null },
])

it.each<[number, string, boolean]>([
  [7, '203.0.113.0', true], [7, '203.0.113.255', true], [7, '203.0.114.0', false], [8, '203.0.113.9', false], [0, '203.0.113.9', false],
  [7, '203.0.113.0/24', true], [7, '203.0.113.128/25', true], [7, '203.0.112.0/23', false],
  [7, '198.51.100.7', true], [0, '198.51.100.7', true], [7, '198.51.100.8', false], [7, '198.51.100.0/24', false],
  [8, '2001:db8:1:2::3', true], [8, '2001:db8:1:2::/64', true], [8, '2001:db8:2::1', false], [7, '::ffff:203.0.113.9', true],
])('of project %i, %s: %s', (projectId, source, allowed) => expect(list.includes(projectId, source, NOW)).toBe(allowed))

it('ends the moment it expires', () => {
  expect(list.includes(7, '198.51.100.7', NOW + 999)).toBe(true)
  expect(list.includes(7, '198.51.100.7', NOW + 1000)).toBe(false)
})

it('allows nobody when it is empty', () => expect(new Allowlist([]).includes(7, '203.0.113.9', NOW)).toBe(false))

it.each([
  ['203.0.113.0/24', '203.0.113.9', true], ['203.0.113.9', '203.0.113.0/24', true], ['203.0.113.0/24', '203.0.0.0/16', true],
  ['203.0.113.0/25', '203.0.113.128/25', false], ['2001:db8::/32', '203.0.113.9', false], ['203.0.113.9', '203.0.113.9', true],
])('%s and %s overlap: %s', (one, other, expected) => expect(overlaps(one, other)).toBe(expected))
