/**
 * Compact tokens only this server reads: base64url(JSON) '.' base64url(HMAC-SHA-256).
 * Not JWTs on purpose: no header, so no algorithm to argue about.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export function sign(key: Buffer, payload: object): string {
  const body = Buffer.from(JSON.stringify(payload)).toString('base64url')
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`
}

/** The payload, or undefined when the token is not one signed under this key. Never throws on hostile input. */
export function verify(key: Buffer, token: string): unknown {
  const dot = token.indexOf('.')
  if (dot < 1) return undefined
  const body = token.slice(0, dot)
  const given = Buffer.from(token.slice(dot + 1), 'base64url')
  const expected = createHmac('sha256', key).update(body).digest()
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  return JSON.parse(Buffer.from(body, 'base64url').toString())
}
