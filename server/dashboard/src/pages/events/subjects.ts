/** What an event says of its source, and what can be done about each of it. */
import type { BlockRequest } from '../../../../contract/moderation.ts'
import type { SecurityEvent } from './wire.ts'

export type Subject = 'ip' | 'network' | 'fingerprint' | 'origin' | 'user'
export interface Choice {
  kind: Subject
  /** `its address` */
  title: string
  /** '': the ledger has it masked only, and somebody has to know the whole of it. */
  value: string
}

/** /24 of IPv4 and /64 of IPv6, as the server counts networks. null: this is no address to do that with. */
export function networkOf(address: string): string | null {
  const v4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/.exec(address)
  if (v4 !== null) return `${v4[1]}.0/24`
  if (!address.includes(':') || address.includes('.')) return null
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = tail === undefined ? left : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return groups.length === 8 ? `${groups.slice(0, 4).join(':')}::/64` : null
}

export function subjectsOf({ metadata }: Pick<SecurityEvent, 'metadata'>): Choice[] {
  const { ipAddress, fingerprint, origin, endUserId } = metadata
  const network = ipAddress === undefined ? null : networkOf(ipAddress)
  return [
    ...(ipAddress === undefined ? [] : [{ kind: 'ip' as const, title: 'its address', value: ipAddress }]),
    ...(network === null ? [] : [{ kind: 'network' as const, title: 'its network', value: network }]),
    ...(fingerprint === undefined ? [] : [{ kind: 'fingerprint' as const, title: 'its fingerprint', value: fingerprint }]),
    ...(origin === undefined ? [] : [{ kind: 'origin' as const, title: 'the page’s origin', value: origin }]),
    ...(endUserId === undefined ? [] : [{ kind: 'user' as const, title: 'the user', value: '' }]),
  ]
}

/** Limits can be adjusted for addresses and networks: those are what requests are counted by. */
export const LIMITABLE: readonly Subject[] = ['ip', 'network']
export const EASE: readonly (readonly [NonNullable<BlockRequest['covers']>, string, string])[] = [
  ['limits', 'halve its limits', 'What it may ask for in a minute is half of the usual.'],
  ['step_up', 'ask for work before each vote', 'Its browser solves a harder puzzle first. People hardly notice, scripts do.'],
  ['writes', 'let it read, not write', 'The board stays readable; votes and feedback are told to wait.'],
]
