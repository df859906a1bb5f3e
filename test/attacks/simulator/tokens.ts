/** User tokens as a customer’s backend signs them, and as nobody should. By hand, because a library refuses the wrong ones. */
import { createHmac } from 'node:crypto'

export interface Signing {
  audience: string
  kid: string
  secret: string
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** An hour’s HS256 token; `claims` and `header` replace what would stand there, undefined leaves it out. */
export function signUser(
  signing: Signing, sub: string, now: number, wrong: { claims?: Record<string, unknown>; header?: Record<string, unknown> } = {},
): string {
  const seconds = Math.floor(now / 1000)
  const head = encode({ alg: 'HS256', typ: 'JWT', kid: signing.kid, ...wrong.header })
  const body = encode({ sub, aud: signing.audience, iat: seconds, exp: seconds + 3600, ...wrong.claims })
  return `${head}.${body}.${createHmac('sha256', signing.secret).update(`${head}.${body}`).digest('base64url')}`
}
