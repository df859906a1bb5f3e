/** Device tokens (tier T1): random, first-party, bound to one project. What clearing cookies throws away. */
import { randomBytes } from 'node:crypto'
import { sign, verify } from './signed.ts'

interface DevicePayload {
  p: number
  d: string
  iat: number
}

export interface Device {
  /** 128 random bits, base64url. Never stored: the ledger knows only its voter key. */
  id: string
  issuedAt: number
}

export function mintDeviceToken(key: Buffer, projectId: number, now: number): { token: string; device: Device } {
  const device = { id: randomBytes(16).toString('base64url'), issuedAt: now }
  const payload: DevicePayload = { p: projectId, d: device.id, iat: now }
  return { token: sign(key, payload), device }
}

/** undefined: not a token of this project; the caller mints a new one, which is what a new visitor gets too. */
export function readDeviceToken(key: Buffer, projectId: number, token: string): Device | undefined {
  const payload = verify(key, token) as DevicePayload | undefined
  if (payload === undefined || payload.p !== projectId) return undefined
  return { id: payload.d, issuedAt: payload.iat }
}
