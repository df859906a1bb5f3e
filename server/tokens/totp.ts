/** Time-based one-time passwords (RFC 6238): SHA-1, six digits, 30 seconds, which is what every authenticator app knows. */
import { Secret, TOTP } from 'otpauth'

const PERIOD_S = 30
/** Clocks differ: the code before and the one after count as well. */
const WINDOW = 1

/** 160 random bits, as base32. */
export const newTotpSecret = (): string => new Secret({ size: 20 }).base32

/** What an authenticator app reads from the QR code. */
export const totpUri = (secret: string, name: string): string => totp(secret, name).toString()

/** The code a person’s app shows now. */
export const totpCode = (secret: string, now: number): string => totp(secret).generate({ timestamp: now })

/** Which 30 seconds the code belongs to, counted from the epoch. undefined: none that are near. Spaces in it do not matter. */
export function findTotpStep(secret: string, code: string, now: number): number | undefined {
  const digits = code.replaceAll(/\s/g, '')
  if (!/^\d{6}$/.test(digits)) return undefined
  const delta = totp(secret).validate({ token: digits, timestamp: now, window: WINDOW })
  return delta === null ? undefined : Math.floor(now / 1000 / PERIOD_S) + delta
}

const totp = (secret: string, label = 'operator'): TOTP =>
  new TOTP({ issuer: 'Truetally', label, algorithm: 'SHA1', digits: 6, period: PERIOD_S, secret: Secret.fromBase32(secret) })
