/** Tokens are put together by hand, as an attacker would: no library refuses to make a bad one. */
import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { type IdentityReading, type IdentitySecret, IdentityVerifier, MAX_LIFETIME_S } from './identity.ts'

const NOW = 1_700_000_000_000
const S = NOW / 1000
const AUDIENCE = 'pk_shop'
const secretOf = (kid: string, expiresAt: number | null = null): IdentitySecret & { text: string } => {
  const text = `identity secret ${kid}, 32 characters or more`
  return { kid, expiresAt, text, key: Buffer.from(text) }
}
const current = secretOf('k2')
const previous = secretOf('k1', NOW + 3_600_000)
const good = { sub: 'usr_12345678', aud: AUDIENCE, iat: S - 5, exp: S + 600 }

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')

function sign(claims: unknown, secret = current.text, header: object = { alg: 'HS256', kid: 'k2' }): string {
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

const without = (claim: keyof typeof good): object => Object.fromEntries(Object.entries(good).filter(([name]) => name !== claim))
const read = (token: string, now = NOW): Promise<IdentityReading> => new IdentityVerifier(AUDIENCE, [current, previous]).read(token, now)

it('accepts a token of the customer’s backend', async () =>
  expect(await read(sign(good))).toEqual({ identity: { sub: 'usr_12345678', expiresAt: (S + 600) * 1000, kid: 'k2', issuedAt: good.iat * 1000 } }))

it('tells how old the account is, where the token does, and no nonsense', async () => {
  expect(await read(sign({ ...good, account_created_at: S - 86_400 }))).toHaveProperty('identity.accountSince', (S - 86_400) * 1000)
  for (const nonsense of ['2020-01-01', S + 3600, -1, Number.NaN, null]) {
    expect(await read(sign({ ...good, account_created_at: nonsense }))).not.toHaveProperty('identity.accountSince')
  }
})

it.each([
  ['several audiences with the project among them', { ...good, aud: ['https://api.example', AUDIENCE] }],
  ['no iat', without('iat')],
  ['the longest lifetime there is', { ...good, iat: S, exp: S + MAX_LIFETIME_S }],
  ['a clock half a minute ahead', { ...good, iat: S + 30 }],
  ['an end half a minute ago, less a second', { ...good, exp: S - 29 }],
  ['a subject of 255 characters', { ...good, sub: 'x'.repeat(255) }],
])('accepts %s', async (_name, claims) => expect(await read(sign(claims))).toHaveProperty('identity.kid', 'k2'))

it.each(['none', 'None', 'NONE'])('calls alg %s an attack', async (alg) => {
  const token = `${encode({ alg })}.${encode(good)}.`
  expect(await read(token)).toEqual({
    failure: {
      code: 'user_token_invalid',
      reason: 'alg_none',
      message: 'Invalid algorithm: none - possible algorithm attack',
      severity: 'critical',
      alg: 'none',
      claimed: { sub: good.sub },
    },
  })
})

it.each([
  ['RS256', 'RS256'],
  ['HS512', 'HS512'],
  ['hs256', 'hs256'],
  [undefined, 'missing'],
  [256, 'missing'],
  ['<img src=x onerror=alert(1)>', 'imgsrcxonerroral'],
])('refuses alg %j although the mac is right', async (alg, shown) =>
  expect(await read(sign(good, current.text, { alg, kid: 'k2' }))).toMatchObject({
    failure: {
      code: 'user_token_invalid', reason: 'wrong_alg', message: `Invalid algorithm: ${shown} - only HS256 is accepted`, severity: 'high', alg: shown,
    },
  }))

const genuine = sign(good)
const [header = '', , mac = ''] = genuine.split('.')
it.each([
  ['a token signed with a guessed secret', sign(good, 'guess')],
  ['a token signed with the public key of the project', sign(good, AUDIENCE)],
  ['claims swapped under a genuine mac', `${header}.${encode({ ...good, sub: 'usr_admin' })}.${mac}`],
  ['a genuine token without its mac', `${genuine.slice(0, -mac.length)}`],
  ['an unknown kid', sign(good, current.text, { alg: 'HS256', kid: 'k9' })],
  ['the kid of another current secret', sign(good, current.text, { alg: 'HS256', kid: 'k1' })],
  ['a kid that is no text', sign(good, current.text, { alg: 'HS256', kid: null })],
])('refuses %s as an invalid signature', async (_name, token) =>
  expect(await read(token)).toMatchObject({ failure: { code: 'user_token_invalid', reason: 'signature', message: 'Invalid signature', severity: 'high', alg: 'HS256' } }))

it.each([
  ['expired', { ...good, exp: S - 30 }, 'expired', 'Token expired', 'low', 'user_token_expired'],
  ['without sub', without('sub'), 'missing_fields', 'Missing required fields', 'medium', 'user_token_invalid'],
  ['without exp', without('exp'), 'missing_fields', 'Missing required fields', 'medium', 'user_token_invalid'],
  ['without aud', without('aud'), 'missing_fields', 'Missing required fields', 'medium', 'user_token_invalid'],
  ['with an empty sub', { ...good, sub: '' }, 'missing_fields', 'Missing required fields', 'medium', 'user_token_invalid'],
  ['with a number for a sub', { ...good, sub: 42 }, 'missing_fields', 'Missing required fields', 'medium', 'user_token_invalid'],
  ['with a sub of 256 characters', { ...good, sub: 'x'.repeat(256) }, 'missing_fields', 'Missing required fields', 'medium', 'user_token_invalid'],
  ['with text for an exp', { ...good, exp: 'never' }, 'missing_fields', 'Missing required fields', 'medium', 'user_token_invalid'],
  ['for another project', { ...good, aud: 'pk_other' }, 'audience', 'Invalid audience', 'medium', 'user_token_invalid'],
  ['for several other projects', { ...good, aud: ['pk_other', 'pk_shop2'] }, 'audience', 'Invalid audience', 'medium', 'user_token_invalid'],
  ['longer-lived than a day', { ...good, iat: S, exp: S + MAX_LIFETIME_S + 1 }, 'lifetime', 'Token lifetime too long', 'medium', 'user_token_invalid'],
  ['with a day to go and no iat', { ...without('iat'), exp: S + MAX_LIFETIME_S + 1 }, 'lifetime', 'Token lifetime too long', 'medium', 'user_token_invalid'],
  ['issued in the future', { ...good, iat: S + 31 }, 'issued_in_future', 'Token issued in the future', 'medium', 'user_token_invalid'],
  ['not valid yet', { ...good, nbf: S + 60 }, 'not_yet_valid', 'Token not yet valid', 'low', 'user_token_invalid'],
])('refuses a genuine token %s', async (_name, claims, reason, message, severity, code) =>
  expect(await read(sign(claims))).toMatchObject({ failure: { code, reason, message, severity, alg: 'HS256' } }))

it.each([
  ['nothing', ''],
  ['one word', 'garbage'],
  ['three words', 'not.a.token'],
  ['a header that is no object', `${encode('HS256')}.${encode(good)}.`],
  ['two parts', genuine.slice(0, genuine.lastIndexOf('.'))],
  ['four parts', `${genuine}.x`],
  ['claims that are a list', sign([good])],
  ['claims that are null', sign(null)],
  ['an extension nobody here understands', sign(good, current.text, { alg: 'HS256', kid: 'k2', crit: ['x'], x: 1 })],
])('calls %s malformed', async (_name, token) =>
  expect(await read(token)).toMatchObject({ failure: { code: 'user_token_invalid', reason: 'malformed', message: 'Malformed token', severity: 'medium' } }))

it('hands on what a forged token claimed, and no more of it than the ledger has room for', async () => {
  const reading = await read(sign({ ...good, sub: 's'.repeat(999), email: 'e'.repeat(999), role: 'admin' }, 'guess'))
  expect(reading).toHaveProperty('failure.claimed', { sub: 's'.repeat(255), email: 'e'.repeat(254) })
  expect(await read(sign({ ...good, sub: { $ne: 1 }, email: 5 }, 'guess'))).toHaveProperty('failure.claimed', {})
})

it('tries all current secrets for a token that names none', async () => {
  const bare = { alg: 'HS256' }
  expect(await read(sign(good, current.text, bare))).toHaveProperty('identity.kid', 'k2')
  expect(await read(sign(good, previous.text, bare))).toHaveProperty('identity.kid', 'k1')
  expect(await read(sign({ ...good, exp: S - 30 }, previous.text, bare))).toHaveProperty('failure.message', 'Token expired')
  expect(await read(sign(good, 'guess', bare))).toHaveProperty('failure.message', 'Invalid signature')
})

it('takes a secret up to its end and not after', async () => {
  const end = previous.expiresAt ?? 0
  const later = { ...good, exp: S + 7200 }
  for (const named of [{ alg: 'HS256', kid: 'k1' }, { alg: 'HS256' }]) {
    const token = sign(later, previous.text, named)
    expect(await read(token, end - 1)).toHaveProperty('identity.kid', 'k1')
    expect(await read(token, end)).toMatchObject({ failure: { message: 'Invalid signature', severity: 'high' } })
  }
})

it('says which secrets still vouch for a session', () => {
  const verifier = new IdentityVerifier(AUDIENCE, [current, previous])
  const end = previous.expiresAt ?? 0
  expect([verifier.accepts('k2', end), verifier.accepts('k1', end - 1), verifier.accepts('k1', end), verifier.accepts('k9', NOW)])
    .toEqual([true, true, false, false])
})

// Asked again at a time before its iat, only a remembered token is still accepted: that tells memory from verification.
const BEFORE = NOW - 600_000

it('verifies a token once and remembers it', async () => {
  const verifier = new IdentityVerifier(AUDIENCE, [current])
  const token = sign(good)
  expect(await verifier.read(token, BEFORE)).toHaveProperty('failure.message', 'Token issued in the future')
  expect(await verifier.read(token, NOW)).toHaveProperty('identity')
  expect(await verifier.read(token, BEFORE)).toHaveProperty('identity.sub', good.sub)
})

it('forgets a remembered token when it expires', async () => {
  const verifier = new IdentityVerifier(AUDIENCE, [current])
  const token = sign(good)
  await verifier.read(token, NOW)
  expect(await verifier.read(token, (good.exp + 30) * 1000)).toMatchObject({ failure: { code: 'user_token_expired', message: 'Token expired' } })
  expect(await verifier.read(token, BEFORE)).toHaveProperty('failure')
})

it('forgets a remembered token when its secret ends', async () => {
  const verifier = new IdentityVerifier(AUDIENCE, [current, previous])
  const end = previous.expiresAt ?? 0
  const token = sign({ ...good, exp: S + 7200 }, previous.text, { alg: 'HS256', kid: 'k1' })
  expect(await verifier.read(token, end - 1)).toHaveProperty('identity')
  expect(await verifier.read(token, end)).toHaveProperty('failure.message', 'Invalid signature')
})

it('never remembers a refusal', async () => {
  const verifier = new IdentityVerifier(AUDIENCE, [current])
  const early = sign({ ...good, nbf: S + 60 })
  expect(await verifier.read(early, NOW)).toHaveProperty('failure')
  expect(await verifier.read(early, NOW + 60_000)).toHaveProperty('identity')
})

it('remembers ten thousand tokens, the oldest going first', { timeout: 20_000 }, async () => {
  const verifier = new IdentityVerifier(AUDIENCE, [current])
  const tokens = Array.from({ length: 10_001 }, (_, index) => sign({ ...good, sub: `usr_${index}` }))
  for (const token of tokens) await verifier.read(token, NOW)
  expect(await verifier.read(tokens[0] ?? '', BEFORE)).toHaveProperty('failure.message', 'Token issued in the future')
  expect(await verifier.read(tokens[1] ?? '', BEFORE)).toHaveProperty('identity.sub', 'usr_1')
  expect(await verifier.read(tokens[10_000] ?? '', BEFORE)).toHaveProperty('identity.sub', 'usr_10000')
})
