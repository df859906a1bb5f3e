import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { voterKey } from './voter-key.ts'

const pepper = Buffer.alloc(32, 1)

it('is the first 128 bits of the HMAC, written as a lower-case UUID', () => {
  const expected = createHmac('sha256', pepper).update('verified\0usr_1').digest('hex').slice(0, 32)
  const key = voterKey(pepper, 'verified', 'usr_1')
  expect(key).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(key.replaceAll('-', '')).toBe(expected)
})

it('knows the same voter again', () => expect(voterKey(pepper, 'device', 'd1')).toBe(voterKey(Buffer.alloc(32, 1), 'device', 'd1')))

it.each([
  ['another person', voterKey(pepper, 'verified', 'usr_2')],
  ['the same text in another case', voterKey(pepper, 'verified', 'USR_1')],
  ['a device whose id reads like the user’s', voterKey(pepper, 'device', 'usr_1')],
  ['a bucket that reads like the user', voterKey(pepper, 'bucket', 'usr_1')],
  ['the same person under another project’s pepper', voterKey(Buffer.alloc(32, 2), 'verified', 'usr_1')],
])('keeps %s apart', (_name, other) => expect(other).not.toBe(voterKey(pepper, 'verified', 'usr_1')))

it('does not let the border between two parts move', () => {
  const keys = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc']].map((parts) => voterKey(pepper, 'bucket', ...parts))
  expect(new Set(keys).size).toBe(5)
})
