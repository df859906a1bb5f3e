/**
 * What is wrong with a user token, step by step, for whoever wrote the code that signs it. The verdict is that of
 * IdentityVerifier (identity.ts); the steps give its reasons, all of them and not only the first. Nothing is stored or
 * remembered, and no secret is shown.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { compactVerify, decodeJwt, decodeProtectedHeader, errors } from 'jose'
import { explainClaims } from './explain-claims.ts'
import { IdentityVerifier, type IdentitySecret } from './identity.ts'
import { instantWords, spanWords } from './span-words.ts'
import { type TokenGround, type TokenStep, fault, pass, quote } from './token-steps.ts'

export interface TokenExplanation {
  valid: boolean
  /** In the order of the checks. What cannot be looked at, because nothing before it can be read, is left out. */
  steps: TokenStep[]
  /** As far as they can be read; nobody has vouched for them unless `valid`. */
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
}
/** Explains any text, however hopeless. */
export async function explainIdentity(token: string, ground: TokenGround): Promise<TokenExplanation> {
  const { audience, secrets, now } = ground
  const verdict = await new IdentityVerifier(audience, secrets.filter((secret) => isLive(secret, now))).read(token, now)
  const valid = 'identity' in verdict
  const parts = explainParts(token)
  if (!parts.ok) return { valid, steps: [parts] }
  const header = readPart(() => decodeProtectedHeader(token) as Record<string, unknown>)
  if (header === undefined) {
    const around = /^\s*(bearer\s|["'])/i.test(token) ? ' Leave out what stands before the token itself, such as “Bearer ” or a quote.' : ''
    return { valid, steps: [parts, fault('header', `The first part is not a JSON object in base64url, such as {"alg":"HS256","typ":"JWT"}.${around}`)] }
  }
  const claims = readPart(() => decodeJwt(token) as Record<string, unknown>)
  const steps = [parts, explainHeader(header), explainAlgorithm(header), explainKey(header, ground), await explainSignature(token, header, ground)]
  if (claims === undefined) return { valid, header, steps: [...steps, fault('claims', 'The second part is not a JSON object in base64url.')] }
  return { valid, header, claims, steps: [...steps, ...explainClaims(claims, ground)] }
}

const isLive = ({ expiresAt }: IdentitySecret, now: number): boolean => expiresAt === null || expiresAt > now

function readPart(read: () => Record<string, unknown>): Record<string, unknown> | undefined {
  try {
    return read()
  } catch {
    // jose throws TypeErrors and errors of its own for what it cannot decode; which does not matter, the part is unreadable.
    return undefined
  }
}

function explainParts(token: string): TokenStep {
  const dots = token.split('.').length - 1
  if (dots === 2) return pass('parts', 'Three parts: header, claims and signature.')
  const text = token.trim()
  if (text === '') return fault('parts', 'There is no token: the text is empty.')
  if (text.startsWith('sk_')) return fault('parts', 'This looks like an identity secret, not like a token. A secret signs tokens and never leaves your server; if this one has been in a page or a log, rotate it.')
  if (text.startsWith('ttop_') || text.startsWith('pk_')) return fault('parts', 'This is a key, not a token. A user token is a JWT that your server signs: three parts with dots between them.')
  if (dots === 4) return fault('parts', 'Five parts: this is an encrypted token (JWE). Send a signed one (JWS), with HS256.')
  const parts = dots === 0 ? 'There is no dot in it' : `It has ${dots + 1} parts`
  return fault('parts', `${parts}. A signed token has three parts with dots between them: header.claims.signature.${dots < 2 ? ' It may have been cut off.' : ''}`)
}

function explainHeader(header: Record<string, unknown>): TokenStep {
  if (header['crit'] !== undefined || header['b64'] !== undefined) {
    return header['b64'] === true ? pass('header', 'A JSON object.') : fault('header', 'It asks for extensions (crit, b64) that are not taken here. Leave them out.')
  }
  return pass('header', 'A JSON object.')
}

function explainAlgorithm({ alg }: Record<string, unknown>): TokenStep {
  if (alg === 'HS256') return pass('algorithm', 'HS256, the only one that is taken.')
  if (alg === undefined) return fault('algorithm', 'The header names no algorithm. It has to say "alg":"HS256".')
  if (typeof alg === 'string' && alg.toLowerCase() === 'none') {
    return fault('algorithm', `The algorithm is ${quote(alg)}: a token without a signature, which anybody can write. This is how attackers try; the widget refuses it and reports it as critical. Sign with HS256.`)
  }
  const hint = typeof alg === 'string' && alg.toUpperCase() === 'HS256' ? ' Capital letters count.'
    : typeof alg === 'string' && /^(RS|ES|PS|Ed)/.test(alg) ? ' That is for key pairs; here your server and this one share a secret.' : ''
  return fault('algorithm', `The algorithm is ${quote(alg)}; only HS256 is taken.${hint}`)
}

function explainKey({ kid }: Record<string, unknown>, { secrets, now }: TokenGround): TokenStep {
  const live = secrets.filter((secret) => isLive(secret, now))
  if (live.length === 0) return fault('key', 'This project has no identity secret in use.')
  if (kid === undefined) return pass('key', `No kid: every secret in use is tried (${live.map((secret) => secret.kid).join(', ')}).`)
  const named = secrets.find((secret) => secret.kid === kid)
  if (named === undefined) return fault('key', `The kid is ${quote(kid)}, which this project never had. In use: ${live.map((secret) => secret.kid).join(', ')}.`)
  if (named.expiresAt === null) return pass('key', `The kid names the current secret, ${named.kid}.`)
  if (isLive(named, now)) {
    return pass('key', `The kid names ${named.kid}, a secret that ends in ${spanWords((named.expiresAt - now) / 1000)}. Sign with the new one before that.`)
  }
  return fault('key', `The kid names ${named.kid}, a secret that ended ${spanWords((now - named.expiresAt) / 1000)} ago (${instantWords(named.expiresAt / 1000)}). Sign with ${live.at(-1)?.kid ?? 'the current one'}.`)
}

async function explainSignature(token: string, header: Record<string, unknown>, { audience, secrets, now }: TokenGround): Promise<TokenStep> {
  const usable = secrets.filter((secret) => isLive(secret, now) && (header['kid'] === undefined || header['kid'] === secret.kid))
  for (const secret of usable) {
    try {
      await compactVerify(token, secret.key, { algorithms: ['HS256'] })
      return pass('signature', `Right: made with the secret ${secret.kid}.`)
    } catch (error) {
      if (error instanceof errors.JOSEError) continue
      throw error
    }
  }
  if (header['alg'] !== 'HS256') return fault('signature', 'Not looked at: it is not a signature by HS256.')
  const signed = signatureOf(token)
  const other = secrets.find(({ key }) => signed.by(key))
  if (other !== undefined) {
    return isLive(other, now)
      ? fault('signature', `It was made with the secret ${other.kid}, but the kid says otherwise. Put "kid":"${other.kid}" into the header, or leave it out.`)
      : fault('signature', `It was made with the secret ${other.kid}, which has ended. Sign with the current one.`)
  }
  for (const { kid, key } of secrets) {
    const mistake = MISTAKES.find(([, keyOf]) => keyOf(Buffer.from(key).toString()).some((wrong) => signed.by(wrong)))
    if (mistake !== undefined) return fault('signature', `It was made with the secret ${kid} ${mistake[0]}. The key is the text of the secret as it was shown, sk_ included, as UTF-8 bytes.`)
  }
  if ([audience, '', ...secrets.map(({ kid }) => kid)].some((text) => signed.by(Buffer.from(text)))) {
    return fault('signature', 'It was made with something that everybody knows (the public key, a kid or nothing at all): anybody could sign so. Sign with the identity secret.')
  }
  return fault('signature', 'It was not made with any secret of this project: another project’s or another environment’s, or the token was changed after it was signed.')
}

/** What people do to a secret before they sign with it. */
const MISTAKES: readonly [how: string, keysOf: (secret: string) => Buffer[]][] = [
  ['and a line break at its end', (secret) => [Buffer.from(`${secret}\n`), Buffer.from(`${secret}\r\n`)]],
  ['and spaces around it', (secret) => [Buffer.from(` ${secret}`), Buffer.from(`${secret} `)]],
  ['in quotes', (secret) => [Buffer.from(`"${secret}"`), Buffer.from(`'${secret}'`)]],
  ['without its sk_', (secret) => [Buffer.from(secret.replace(/^sk_/, ''))]],
  ['decoded from base64 first', (secret) => [Buffer.from(secret, 'base64'), Buffer.from(secret.replace(/^sk_/, ''), 'base64')]],
]

function signatureOf(token: string): { by(key: Uint8Array): boolean } {
  const end = token.lastIndexOf('.')
  const input = token.slice(0, end)
  const given = Buffer.from(token.slice(end + 1), 'base64url')
  return {
    by: (key) => {
      const made = createHmac('sha256', key).update(input).digest()
      return made.length === given.length && timingSafeEqual(made, given)
    },
  }
}
