import { expect, it } from 'vitest'
import { mintDeviceToken } from './device.ts'
import { deriveKeys } from './keys.ts'
import { SESSION_TTL_MS, type Session, mintSession, readSession } from './session.ts'
import { sign } from './signed.ts'

const keys = deriveKeys('a master secret of the tests, 32+ characters')
const NOW = 1_700_000_000_000
const here = { projectId: 7, origin: 'https://shop.example' }
const asked: Omit<Session, 'nonce'> = {
  ...here,
  issuedAt: NOW,
  expiresAt: NOW + SESSION_TTL_MS,
  device: '0f8fad5b-d9cb-469f-a165-70867728950e',
  deviceSince: NOW - 1000,
  knownFingerprint: 'aabbccdd',
  user: { voter: '7c9e6679-7425-40de-944b-e07fc1f90ae7', masked: 'usr_1234***', kid: 'k1' },
}
const token = mintSession(keys.session, asked)

it('reads back everything it was minted with', () =>
  expect(readSession(keys.session, token, here, NOW)).toEqual({ session: { ...asked, nonce: expect.stringMatching(/^[\w-]{16}$/) } }))

it('gives two sessions of one visitor different nonces', () => expect(mintSession(keys.session, asked)).not.toBe(token))

it.each([
  ['another project', { ...here, projectId: 8 }],
  ['another origin', { ...here, origin: 'https://rogue.example' }],
  ['the same host over http', { ...here, origin: 'http://shop.example' }],
  ['the same host on another port', { ...here, origin: 'https://shop.example:8443' }],
])('is invalid on %s', (_name, elsewhere) => expect(readSession(keys.session, token, elsewhere, NOW)).toEqual({ refused: 'session_invalid' }))

it('lasts to its last millisecond and no longer', () => {
  expect(readSession(keys.session, token, here, NOW + SESSION_TTL_MS - 1)).toHaveProperty('session')
  expect(readSession(keys.session, token, here, NOW + SESSION_TTL_MS)).toEqual({ refused: 'session_expired' })
})

it('does not tell a stranger’s project that an expired session was ever good', () =>
  expect(readSession(keys.session, token, { ...here, projectId: 8 }, NOW + SESSION_TTL_MS)).toEqual({ refused: 'session_invalid' }))

it.each([
  ['nothing', ''],
  ['garbage', 'garbage'],
  ['a device token', mintDeviceToken(keys.device, 7, NOW).token],
  ['a session signed under the device key', sign(keys.device, { ...asked, nonce: 'n' })],
  ['a session of a server with another master secret', mintSession(deriveKeys('another master secret, 32 or more').session, asked)],
])('refuses %s', (_name, other) => expect(readSession(keys.session, other, here, NOW)).toEqual({ refused: 'session_invalid' }))
