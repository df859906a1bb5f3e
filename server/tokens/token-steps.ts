/** One thing that is looked at in a user token, and what came of it. */
import type { IdentitySecret } from './identity.ts'

export interface TokenStep {
  name: 'parts' | 'header' | 'algorithm' | 'key' | 'signature' | 'claims' | 'expires' | 'notBefore' | 'issuedAt' | 'lifetime' | 'audience' | 'subject' | 'email'
  ok: boolean
  explanation: string
}
export interface TokenGround {
  /** The project’s public key. */
  audience: string
  /** Those in use and those that have ended. */
  secrets: readonly IdentitySecret[]
  /** ms */
  now: number
}

export const fault = (name: TokenStep['name'], explanation: string): TokenStep => ({ name, ok: false, explanation })
export const pass = (name: TokenStep['name'], explanation: string): TokenStep => ({ name, ok: true, explanation })

/** A value out of the token, short enough for a sentence. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
