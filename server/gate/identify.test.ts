import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { IdentityVerifier } from '../tokens/identity.ts'
import { deriveKeys } from '../tokens/keys.ts'
import { type Session, mintSession } from '../tokens/session.ts'
import { voterKey } from '../tokens/voter-key.ts'
import { type IdentifyingProject, type Identification, identify, identifyUser } from './identify.ts'

const NOW = 1_700_000_000_000
const ORIGIN = 'https://shop.example'
const SECRET = 'identity secret k1, 32 characters or more'
const { session: sessionKey } = deriveKeys('a master secret of the tests, 32+ characters')
const pepper = Buffer.alloc(32, 1)
const device = voterKey(pepper, 'device', 'd1')

const projectWith = (more: Partial<IdentifyingProject> = {}, secretEnds: number | null = null): IdentifyingProject => ({
  id: 7,
  mode: 'open',
  pepper,
  identity: new IdentityVerifier('pk_shop', [{ kid: 'k1', key: Buffer.from(SECRET), expiresAt: secretEnds }]),
  ...more,
})

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

function userToken(sub: string, secret = SECRET, exp = NOW / 1000 + 600): string {
  const signed = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode({ sub, aud: 'pk_shop', iat: NOW / 1000 - 700, exp })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const sessionOf = (more: Partial<Session> = {}): string =>
  mintSession(sessionKey, { projectId: 7, origin: ORIGIN, issuedAt: NOW, expiresAt: NOW + 1000, device, deviceSince: NOW, ...more })

const ask = (project: IdentifyingProject, session: string, token?: string, now = NOW): Promise<Identification> =>
  identify(project, sessionKey, { session, userToken: token, origin: ORIGIN }, now)

const ada = { key: voterKey(pepper, 'verified', 'usr_ada_lovelace'), tier: 'v', device, user: 'usr_a***' }
const adasSession = sessionOf({ user: { voter: ada.key, masked: ada.user, kid: 'k1' } })

it.each(['open', 'strict'] as const)('knows an anonymous visitor of a board in mode %s by the device', async (mode) =>
  expect(await ask(projectWith({ mode }), sessionOf())).toMatchObject({ voter: { key: device, tier: 'd', device }, session: { device } }))

it('counts no anonymous visitor on a board for signed-in users', async () =>
  expect(await ask(projectWith({ mode: 'verified' }), sessionOf())).toEqual({ refused: 'verification_required' }))

it.each(['open', 'strict', 'verified'] as const)('knows a signed-in user in mode %s by token or by session', async (mode) => {
  expect(await ask(projectWith({ mode }), sessionOf(), userToken('usr_ada_lovelace'))).toHaveProperty('voter', ada)
  expect(await ask(projectWith({ mode }), adasSession)).toHaveProperty('voter', ada)
})

it('lets a user token outweigh the session’s user', async () => {
  const grace = voterKey(pepper, 'verified', 'usr_grace_hopper')
  expect(await ask(projectWith(), adasSession, userToken('usr_grace_hopper'))).toHaveProperty('voter.key', grace)
})

it('gives one person unrelated keys on two projects', async () => {
  const elsewhere = await ask(projectWith({ pepper: Buffer.alloc(32, 2) }), sessionOf(), userToken('usr_ada_lovelace'))
  expect(elsewhere).toHaveProperty('voter.tier', 'v')
  expect(elsewhere).not.toHaveProperty('voter.key', ada.key)
})

it.each([
  ['a forged', userToken('usr_ada_lovelace', 'guess'), 'user_token_invalid', 'Invalid signature', 'high'],
  ['an expired', userToken('usr_ada_lovelace', SECRET, NOW / 1000 - 30), 'user_token_expired', 'Token expired', 'low'],
  ['an empty', '', 'user_token_invalid', 'Malformed token', 'medium'],
])('refuses %s user token instead of falling back on device or session', async (_name, token, refused, message, severity) => {
  expect(await ask(projectWith(), sessionOf(), token)).toMatchObject({ refused, failure: { message, severity } })
  expect(await ask(projectWith(), adasSession, token)).toMatchObject({ refused, failure: { message, severity } })
})

it.each([
  ['of another project', sessionOf({ projectId: 8 }), 'session_invalid'],
  ['of another origin', sessionOf({ origin: 'https://rogue.example' }), 'session_invalid'],
  ['that has expired', sessionOf({ expiresAt: NOW }), 'session_expired'],
  ['that is garbage', 'garbage', 'session_invalid'],
])('refuses a session %s even with a genuine user token', async (_name, session, refused) =>
  expect(await ask(projectWith(), session, userToken('usr_ada_lovelace'))).toEqual({ refused }))

it('ends a user’s session with the secret that vouched for the user', async () => {
  const project = projectWith({}, NOW + 500)
  expect(await ask(project, adasSession, undefined, NOW + 499)).toHaveProperty('voter', ada)
  expect(await ask(project, adasSession, undefined, NOW + 500)).toEqual({ refused: 'session_expired' })
  expect(await ask(project, sessionOf(), undefined, NOW + 500)).toHaveProperty('voter.tier', 'd')
})

it('ends a user’s session when its secret has been taken away', async () =>
  expect(await ask(projectWith({ identity: new IdentityVerifier('pk_shop', []) }), adasSession)).toEqual({ refused: 'session_expired' }))

it('tells a new session who the user is, until when, and who vouched', async () =>
  expect(await identifyUser(projectWith(), userToken('usr_ada_lovelace'), NOW)).toEqual({
    voter: ada.key, masked: 'usr_a***', kid: 'k1', expiresAt: NOW + 600_000, sub: 'usr_ada_lovelace', tokenIssuedAt: NOW - 700_000,
  }))

it('masks a user id and takes control characters out of it', async () =>
  expect(await identifyUser(projectWith(), userToken('u\u0000\u001b\u202e_secret_part'), NOW)).toHaveProperty('masked', 'u_***'))
