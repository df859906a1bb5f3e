import { expect, it } from 'vitest'
import { mintDeviceToken, readDeviceToken } from './device.ts'
import { deriveKeys } from './keys.ts'
import { mintReceipt } from './receipt.ts'

const keys = deriveKeys('a master secret of the tests, 32+ characters')
const NOW = 1_700_000_000_000
const { token, device } = mintDeviceToken(keys.device, 7, NOW)

it('reads back the device it minted, and since when it is known', () => {
  expect(readDeviceToken(keys.device, 7, token)).toEqual(device)
  expect(device.issuedAt).toBe(NOW)
})

it('gives every device 128 bits of its own', () => {
  const ids = Array.from({ length: 1000 }, () => mintDeviceToken(keys.device, 7, NOW).device.id)
  expect(new Set(ids).size).toBe(1000)
  expect(Buffer.from(device.id, 'base64url')).toHaveLength(16)
})

it('is worth nothing on another project', () => expect(readDeviceToken(keys.device, 8, token)).toBeUndefined())

it('is worth nothing on a server with another master secret', () =>
  expect(readDeviceToken(deriveKeys('another master secret, 32 characters or more').device, 7, token)).toBeUndefined())

it.each([
  ['a receipt', mintReceipt(keys.receipt, { projectId: 7, itemId: 1, voter: device.id, value: 1, at: NOW })],
  ['a made-up token', `${Buffer.from('{"p":7,"d":"mine","iat":0}').toString('base64url')}.${'A'.repeat(43)}`],
  ['nothing', ''],
])('takes %s for no device', (_name, other) => expect(readDeviceToken(keys.device, 7, other)).toBeUndefined())
