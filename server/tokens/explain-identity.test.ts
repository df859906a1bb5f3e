import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { explainIdentity } from './explain-identity.ts'
import { type IdentitySecret, IdentityVerifier } from './identity.ts'
import { spanWords } from './span-words.ts'
import type { TokenStep } from './token-steps.ts'

const NOW = 1_800_000_000_000
const SECONDS = NOW / 1000
const HOUR = 3600
const AUDIENCE = 'pk_shop'
const secret = (kid: string, text: string, expiresAt: number | null): IdentitySecret => ({ kid, key: Buffer.from(text), expiresAt })
const CURRENT = 'sk_current-secret-of-the-project-0123456789'
const SECRETS = [
  secret('kid-gone', 'sk_retired-secret-of-the-project-0123456789', NOW - 3 * 24 * HOUR * 1000),
  secret('kid-old', 'sk_earlier-secret-of-the-project-0123456789', NOW + 2 * HOUR * 1000),
  secret('kid-now', CURRENT, null),
]
const textOf = (kid: string): string => Buffer.from(SECRETS.find((one) => one.kid === kid)?.key ?? '').toString()

const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
function sign(header: unknown, claims: unknown, key: string = CURRENT): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
}
const HEADER = { alg: 'HS256', typ: 'JWT', kid: 'kid-now' }
const CLAIMS = { sub: 'usr_1', aud: AUDIENCE, iat: SECONDS - 60, exp: SECONDS + 300 }
const explain = (token: string) => explainIdentity(token, { audience: AUDIENCE, secrets: SECRETS, now: NOW })
const judge = async (token: string): Promise<boolean> =>
  'identity' in await new IdentityVerifier(AUDIENCE, SECRETS.filter(({ expiresAt }) => expiresAt === null || expiresAt > NOW)).read(token, NOW)

async function failed(token: string): Promise<Record<string, string>> {
  const { steps, valid } = await explain(token)
  const faults = steps.filter(({ ok }) => !ok)
  expect(valid).toBe(faults.length === 0)
  return Object.fromEntries(faults.map(({ name, explanation }) => [name, explanation]))
}

describe('A token that is taken', () => {
  it('passes every step, and says which secret signed it, for whom and how long', async () => {
    const { valid, steps, header, claims } = await explain(sign(HEADER, { ...CLAIMS, email: 'jane@example.com' }))
    expect([valid, header, claims]).toEqual([true, HEADER, { ...CLAIMS, email: 'jane@example.com' }])
    expect(steps.map(({ name }) => name)).toEqual(['parts', 'header', 'algorithm', 'key', 'signature', 'expires', 'issuedAt', 'lifetime', 'audience', 'subject', 'email'])
    const said = steps.map(({ explanation }) => explanation).join(' ')
    for (const words of ['kid-now', 'ends in 5 minutes', 'made 1 minute ago', 'pk_shop', 'usr_1', 'j***e@example.com']) expect(said).toContain(words)
  })

  it('names the earlier secret and when it ends', async () => {
    const { valid, steps } = await explain(sign({ ...HEADER, kid: 'kid-old' }, CLAIMS, textOf('kid-old')))
    expect(valid).toBe(true)
    expect(steps.find(({ name }) => name === 'key')?.explanation).toContain('ends in 2 hours')
    expect((await explain(sign({ alg: 'HS256' }, CLAIMS, textOf('kid-old')))).steps.find(({ name }) => name === 'signature')?.explanation).toContain('kid-old')
  })
})

describe('A token that is refused', () => {
  it.each<[string, string, Partial<Record<TokenStep['name'], RegExp>>]>([
    ['nothing', '', { parts: /no token/ }],
    ['one word', 'hello', { parts: /no dot/ }],
    ['a secret', CURRENT, { parts: /rotate it/ }],
    ['one that was cut off', sign(HEADER, CLAIMS).split('.').slice(0, 2).join('.'), { parts: /cut off/ }],
    ['an encrypted one', 'a.b.c.d.e', { parts: /JWE/ }],
    ['a header that is no JSON', `${encode('hello')}.${encode(CLAIMS)}.x`, { header: /JSON object/ }],
    ['with Bearer before it', `Bearer ${sign(HEADER, CLAIMS)}`, { header: /Leave out what stands before/ }],
    ['claims that are no JSON', sign(HEADER, 'hello'), { claims: /JSON object/ }],
    ['claims that are a list', sign(HEADER, [1]), { claims: /JSON object/ }],
    ['none', `${encode({ alg: 'none' })}.${encode(CLAIMS)}.`, { algorithm: /without a signature.*attackers/, signature: /not looked at/i }],
    ['nOnE', `${encode({ alg: 'nOnE' })}.${encode(CLAIMS)}.`, { algorithm: /attackers/, signature: /./ }],
    ['RS256', `${encode({ alg: 'RS256' })}.${encode(CLAIMS)}.AA`, { algorithm: /only HS256.*key pairs/, signature: /./ }],
    ['hs256', sign({ alg: 'hs256' }, CLAIMS), { algorithm: /Capital letters/, signature: /./ }],
    ['no algorithm', sign({ typ: 'JWT' }, CLAIMS), { algorithm: /names no algorithm/, signature: /./ }],
    ['an unknown kid', sign({ ...HEADER, kid: 'nobody' }, CLAIMS), { key: /never had.*kid-old, kid-now/, signature: /kid-now, but the kid says otherwise/ }],
    ['a kid that is a number', sign({ ...HEADER, kid: 7 }, CLAIMS), { key: /The kid is 7/, signature: /./ }],
    ['the kid of a secret that has ended', sign({ ...HEADER, kid: 'kid-gone' }, CLAIMS, textOf('kid-gone')), { key: /ended 3 days ago.*Sign with kid-now/, signature: /which has ended/ }],
    ['one signed by a secret that has ended, without a kid', sign({ alg: 'HS256' }, CLAIMS, textOf('kid-gone')), { signature: /kid-gone, which has ended/ }],
    ['another secret’s signature', sign(HEADER, CLAIMS, 'another secret'), { signature: /not made with any secret/ }],
    ['a secret with a line break', sign(HEADER, CLAIMS, `${CURRENT}\n`), { signature: /line break/ }],
    ['a secret without its beginning', sign(HEADER, CLAIMS, CURRENT.slice(3)), { signature: /without its sk_/ }],
    ['a secret in quotes', sign(HEADER, CLAIMS, `"${CURRENT}"`), { signature: /in quotes/ }],
    ['the public key as secret', sign(HEADER, CLAIMS, AUDIENCE), { signature: /everybody knows/ }],
    ['no secret', sign(HEADER, CLAIMS, ''), { signature: /everybody knows/ }],
    ['claims changed afterwards', sign(HEADER, CLAIMS).replace(encode(CLAIMS), encode({ ...CLAIMS, sub: 'admin' })), { signature: /changed after it was signed/ }],
    ['expired', sign(HEADER, { ...CLAIMS, iat: SECONDS - 4 * HOUR, exp: SECONDS - 3 * HOUR - 600 }), { expires: /expired 3 hours 10 minutes ago.*clock/ }],
    ['no exp', sign(HEADER, { sub: 'usr_1', aud: AUDIENCE }), { expires: /has to end/ }],
    ['exp as text', sign(HEADER, { ...CLAIMS, exp: 'tomorrow' }), { expires: /has to be a number/ }],
    ['times in milliseconds', sign(HEADER, { ...CLAIMS, iat: NOW, exp: NOW + 300_000 }), { issuedAt: /milliseconds/, lifetime: /./ }],
    ['not yet', sign(HEADER, { ...CLAIMS, nbf: SECONDS + 120 }), { notBefore: /2 minutes from now/ }],
    ['a clock that is ahead', sign(HEADER, { ...CLAIMS, iat: SECONDS + 120, exp: SECONDS + 300 }), { issuedAt: /2 minutes from now.*ahead/ }],
    ['iat as text', sign(HEADER, { ...CLAIMS, iat: 'now' }), { issuedAt: /number/ }],
    ['two days', sign(HEADER, { ...CLAIMS, exp: SECONDS - 60 + 48 * HOUR }), { lifetime: /2 days; 24 hours is the most/ }],
    ['no aud', sign(HEADER, { ...CLAIMS, aud: undefined }), { audience: /no aud.*pk_shop/ }],
    ['another aud', sign(HEADER, { ...CLAIMS, aud: 'pk_other' }), { audience: /"pk_other", not for this project/ }],
    ['no sub', sign(HEADER, { ...CLAIMS, sub: undefined }), { subject: /no sub/ }],
    ['sub as number', sign(HEADER, { ...CLAIMS, sub: 42 }), { subject: /"sub":"42"/ }],
    ['an empty sub', sign(HEADER, { ...CLAIMS, sub: '' }), { subject: /empty/ }],
    ['a long sub', sign(HEADER, { ...CLAIMS, sub: 'x'.repeat(256) }), { subject: /256 characters/ }],
    ['an extension', sign({ ...HEADER, crit: ['b64'], b64: false }, CLAIMS), { header: /extensions/ }],
  ])('%s', async (_title, token, expected) => {
    const faults = await failed(token)
    expect(Object.keys(faults).toSorted()).toEqual(Object.keys(expected).toSorted())
    for (const [name, words] of Object.entries(expected)) expect(faults[name]).toMatch(words)
  })

  it('tells everything that is wrong at once', async () => {
    expect(Object.keys(await failed(sign({ alg: 'HS256', kid: 'x' }, { sub: 1, aud: 'pk_x', exp: 1 }, 'x'))).toSorted())
      .toEqual(['audience', 'expires', 'key', 'signature', 'subject'])
  })
})

it('agrees with the verifier about whatever a fuzzer makes, and shows no secret', async () => {
  const random = mulberry(20_261_121)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const times = [undefined, SECONDS, SECONDS + 300, SECONDS - 300, SECONDS - 29, SECONDS - 30, SECONDS - 31, SECONDS + 30, SECONDS + 31, SECONDS + 86_400, SECONDS + 86_401, NOW, 0, -1, 1e300, '5', null, true]
  let taken = 0
  for (let run = 0; run < 2500; run += 1) {
    const header = random() < 0.7 ? HEADER : { alg: pick(['HS256', 'HS256', 'HS512', 'none', 5, null]), kid: pick([undefined, 'kid-old', 'kid-gone', 'kid-now', '', 5]), ...pick([{}, { b64: true }, { crit: ['b64'], b64: true }, { crit: [] }, { typ: 5 }]) }
    const claims = random() < 0.3 ? CLAIMS : random() < 0.9
      ? { sub: pick(['usr_1', 'usr_1', 'usr_1', '', 5, undefined]), aud: pick([AUDIENCE, AUDIENCE, [AUDIENCE, 'x'], [], 'x', undefined]), iat: pick(random() < 0.5 ? [SECONDS] : times), exp: pick(random() < 0.5 ? [SECONDS + 60] : times), nbf: random() < 0.7 ? undefined : pick(times) }
      : pick([[], 5, 'x', null, { ['__proto__']: 1 }])
    let token = sign(header, claims, pick([CURRENT, CURRENT, CURRENT, textOf('kid-old'), textOf('kid-gone'), 'x', '']))
    if (random() < 0.15) {
      const at = Math.floor(random() * token.length)
      token = token.slice(0, at) + pick(['', '.', ' ', '\n', 'A', '=', '\u{1f600}', '\0']) + token.slice(at + (random() < 0.5 ? 1 : 0))
    }
    const { valid, steps } = await explain(token)
    const judged = await judge(token)
    expect({ token, valid, all: steps.every(({ ok }) => ok) }).toEqual({ token, valid: judged, all: judged })
    for (const { key } of SECRETS) expect(JSON.stringify(steps).includes(Buffer.from(key).toString().slice(3))).toBe(false)
    taken += Number(judged)
  }
  expect(taken).toBeGreaterThan(100)
}, 60_000)

it('says how long a time is in two units at most', () => {
  expect([0, 0.4, 1, 59, 61, 3600, 3661, 90_000, 63_115_205].map(spanWords)).toEqual([
    'a moment', 'a moment', '1 second', '59 seconds', '1 minute 1 second', '1 hour', '1 hour 1 minute', '1 day 1 hour', '2 years',
  ])
})

function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
