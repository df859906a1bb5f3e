import { expect, test } from 'vitest'
import { networkOf, subjectsOf } from './subjects.ts'

test.each([
  ['203.0.113.7', '203.0.113.0/24'], ['2001:db8::1', '2001:db8:0:0::/64'], ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'], ['::1', '0:0:0:0::/64'],
  ['2a02:26f7:1::', '2a02:26f7:1:0::/64'], ['::ffff:192.0.2.1', null], ['not an address', null], ['1:2:3', null],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('an event offers what it knows of its source, and a masked user without a value', () => {
  const metadata = { endpoint: 'PUT /vote', ipAddress: '203.0.113.7', origin: 'https://x.example', endUserId: 'usr_1234***' }
  expect(subjectsOf({ metadata }).map(({ kind, value }) => [kind, value])).toEqual([
    ['ip', '203.0.113.7'], ['network', '203.0.113.0/24'], ['origin', 'https://x.example'], ['user', ''],
  ])
  expect(subjectsOf({ metadata: { endpoint: '*' } })).toEqual([])
})
