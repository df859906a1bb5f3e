/**
 * Addresses and the networks they are judged by: /24 for IPv4, /64 for IPv6 (one household or one rented host). IPv4 in its usual
 * spelling, which most requests have, is what it is: reading it into an object and writing it out again took a vote three microseconds.
 */
import ipaddr from 'ipaddr.js'

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const USUAL_IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`)
const isIPv4 = (text: string): boolean => USUAL_IPV4.test(text)

/** The canonical text: IPv4-mapped IPv6 becomes IPv4, so one client has one address. undefined: not an address. */
export function normaliseAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  const bare = text.split('%')[0] ?? ''
  return ipaddr.isValid(bare) && (bare.includes(':') || ipaddr.IPv4.isValidFourPartDecimal(bare)) ? ipaddr.process(bare).toString() : undefined
}

export function networkOf(address: string): string {
  if (isIPv4(address)) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`
  const parsed = ipaddr.process(address)
  const bits = parsed.kind() === 'ipv4' ? 24 : 64
  return maskTo(parsed, bits)
}

/** The /48 of an IPv6 address; IPv4 has no such thing. */
export function prefixOf(address: string): string | undefined {
  if (isIPv4(address)) return undefined
  const parsed = ipaddr.process(address)
  return parsed.kind() === 'ipv6' ? maskTo(parsed, 48) : undefined
}

/** A /48 may this many times what a /64 of it may. */
export const PREFIX_TIMES = 3

/** The canonical CIDR, host bits cleared. undefined: not a CIDR, or so wide (below /8, /16) that it is no source any more. */
export function normaliseNetwork(text: string): string | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined
  const [address, bits] = ipaddr.parseCIDR(text)
  // As addresses are: a block on a mapped network would match no request.
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96) {
    return normaliseNetwork(`${address.toIPv4Address().toString()}/${bits - 96}`)
  }
  const widest = address.kind() === 'ipv4' ? 8 : 16
  return bits < widest ? undefined : maskTo(address, bits)
}

export function inNetwork(address: string, network: string): boolean {
  const parsed = ipaddr.process(address)
  const [base, bits] = ipaddr.parseCIDR(network)
  return parsed.kind() === base.kind() && parsed.match(base, bits)
}

/** Loopback, or no address at all: what a server sees of itself, and of a proxy that does not say for whom it asks. */
export function isLocal(addressOrNetwork: string): boolean {
  const [address = ''] = addressOrNetwork.split('/')
  return ['loopback', 'unspecified'].includes(ipaddr.process(address).range())
}

/** Whether a network is wider than /24, or /64 of IPv6. */
export function spansMore(network: string): boolean {
  const [address, bits] = ipaddr.parseCIDR(network)
  return bits < (address.kind() === 'ipv4' ? 24 : 64)
}

function maskTo(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8))
    return byte & (0xff << (8 - kept)) & 0xff
  })
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`
}
