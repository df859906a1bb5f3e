/** What a token’s claims say, and whether they are what this server asks for. The figures are those of identity.ts. */
import { maskEmail } from '../ledger/mask.ts'
import { CLOCK_TOLERANCE_S, MAX_LIFETIME_S } from './identity.ts'
import { instantWords, spanWords } from './span-words.ts'
import { type TokenGround, type TokenStep, fault, pass, quote } from './token-steps.ts'

type Claims = Record<string, unknown>

/** A time in milliseconds where seconds belong lies about fifty thousand years ahead. */
const MILLISECONDS = 100_000_000_000
const TOLERANCE = `${CLOCK_TOLERANCE_S} seconds`

/** The second part, claim by claim, whether or not anybody vouches for it. */
export function explainClaims(claims: Claims, { audience, now }: TokenGround): TokenStep[] {
  const seconds = now / 1000
  return [
    explainExpiry(claims, seconds),
    ...explainNotBefore(claims, seconds),
    explainIssuedAt(claims, seconds),
    ...explainLifetime(claims, seconds),
    explainAudience(claims, audience),
    explainSubject(claims),
    explainEmail(claims),
  ]
}

const missing = (claims: Claims, name: string): boolean => !Object.hasOwn(claims, name)
const inSeconds = (value: number): string => (value > MILLISECONDS ? ' It looks like milliseconds: times in a JWT are seconds, so divide by 1000.' : '')

function explainExpiry(claims: Claims, now: number): TokenStep {
  const { exp } = claims
  if (missing(claims, 'exp')) return fault('expires', `There is no exp. A token has to end, at most ${MAX_LIFETIME_S / 3600} hours after it was made.`)
  if (typeof exp !== 'number') return fault('expires', `exp is ${quote(exp)}; it has to be a number, of seconds since 1970.`)
  if (exp > Math.floor(now) - CLOCK_TOLERANCE_S) {
    const left = exp - now
    return left > 0
      ? pass('expires', `It ends in ${spanWords(left)} (${instantWords(exp)}).${inSeconds(exp)}`)
      : pass('expires', `It ended ${spanWords(left)} ago, within the ${TOLERANCE} that clocks may differ.`)
  }
  return fault('expires', `It expired ${spanWords(now - exp)} ago: exp is ${instantWords(exp)}, and here it is ${instantWords(now)}. Sign a new one for each visit; if you do, the clock of the server that signs is behind.`)
}

function explainNotBefore(claims: Claims, now: number): TokenStep[] {
  const { nbf } = claims
  if (nbf === undefined) return []
  if (typeof nbf !== 'number') return [fault('notBefore', `nbf is ${quote(nbf)}; it has to be a number, of seconds since 1970. It can be left out.`)]
  if (nbf <= Math.floor(now) + CLOCK_TOLERANCE_S) return [pass('notBefore', `It holds since ${instantWords(nbf)}.`)]
  return [fault('notBefore', `It does not hold yet: nbf is ${instantWords(nbf)}, ${spanWords(nbf - now)} from now.${inSeconds(nbf)} Clocks may differ by ${TOLERANCE}.`)]
}

function explainIssuedAt(claims: Claims, now: number): TokenStep {
  const { iat } = claims
  if (iat === undefined) return pass('issuedAt', 'There is no iat; its lifetime is counted from now.')
  if (typeof iat !== 'number') return fault('issuedAt', `iat is ${quote(iat)}; it has to be a number, of seconds since 1970.`)
  if (iat > now + CLOCK_TOLERANCE_S) {
    return fault('issuedAt', `It was made in the future: iat is ${instantWords(iat)}, ${spanWords(iat - now)} from now.${inSeconds(iat)} The clock of the server that signs is ahead; ${TOLERANCE} are allowed.`)
  }
  return pass('issuedAt', iat <= now ? `It was made ${spanWords(now - iat)} ago.` : `It was made ${spanWords(iat - now)} ahead of this server’s clock, which is within the ${TOLERANCE} allowed.`)
}

function explainLifetime({ exp, iat }: Claims, now: number): TokenStep[] {
  if (typeof exp !== 'number' || (iat !== undefined && typeof iat !== 'number')) return []
  const lifetime = exp - (iat ?? Math.floor(now))
  if (lifetime > MAX_LIFETIME_S) return [fault('lifetime', `It holds for ${spanWords(lifetime)}; ${MAX_LIFETIME_S / 3600} hours is the most. A token that leaks should be of no use the next day.${inSeconds(exp)}`)]
  return [pass('lifetime', lifetime >= 0 ? `It holds for ${spanWords(lifetime)} in all.` : 'It ended before it was made.')]
}

function explainAudience(claims: Claims, audience: string): TokenStep {
  const { aud } = claims
  if (missing(claims, 'aud')) return fault('audience', `There is no aud. It has to be this project’s public key, "${audience}".`)
  if (aud === audience) return pass('audience', `For this project, ${audience}.`)
  if (Array.isArray(aud) && aud.includes(audience)) return pass('audience', `This project, ${audience}, is one of those it is for.`)
  return fault('audience', `It is for ${quote(aud)}, not for this project. aud has to be "${audience}".`)
}

function explainSubject(claims: Claims): TokenStep {
  const { sub } = claims
  if (missing(claims, 'sub')) return fault('subject', 'There is no sub. It says whose vote it is: the user’s id, the same for a user at all times.')
  if (typeof sub !== 'string') return fault('subject', `sub is ${quote(sub)}; it has to be a text. Write the user’s id in quotes: "sub":"${typeof sub === 'number' ? sub : '42'}".`)
  if (sub === '') return fault('subject', 'sub is empty. It says whose vote it is.')
  if (sub.length > 255) return fault('subject', `sub has ${sub.length} characters; 255 is the most.`)
  return pass('subject', `The user is ${quote(sub)}.`)
}

function explainEmail({ email }: Claims): TokenStep {
  if (email === undefined) return pass('email', 'There is no email. None is needed; with one, events about this user show it masked.')
  if (typeof email !== 'string' || email === '') return pass('email', `email is ${quote(email)}; only a text is looked at, so it is passed over.`)
  return pass('email', `Shown in events as ${quote(maskEmail(email.slice(0, 254)))}, never whole.`)
}
