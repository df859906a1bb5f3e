import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { deriveKeys } from './keys.ts'

const MASTER = 'a master secret of the tests, 32+ characters'
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

it('gives every purpose its own 256-bit key', () => {
  const keys = Object.values(deriveKeys(MASTER))
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(keys.length)
  expect(keys.map((key) => key.length)).toEqual(keys.map(() => 32))
})

// Worked out step by step (RFC 5869, one block): a change here would lose every sealed secret and end every session.
it.each(['session', 'device', 'receipt', 'vault'] as const)('derives the %s key as it always has', (purpose) => {
  const extracted = hmac('truetally', MASTER)
  expect(deriveKeys(MASTER)[purpose]).toEqual(hmac(extracted, `truetally/${purpose}/v1\u0001`))
})

it('shares no key between two master secrets', () => {
  const keys = [...Object.values(deriveKeys(MASTER)), ...Object.values(deriveKeys(`${MASTER}!`))]
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(keys.length)
})
