/**
 * Where a channel may lead. Whoever configures one makes this server connect somewhere, so private, loopback and reserved
 * addresses are refused unless the channel allows them, and link-local ones (cloud metadata) always. A name is resolved
 * here, once, and the connection goes to the addresses that were looked at: a name that answers differently the second time
 * gains nothing.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { type Outcome, undelivered } from './outcome.ts'

export interface HostAddress {
  address: string
  family: number
}

/** Reachable when a channel says so. Everything else that is not plain unicast is never reachable. */
const ALLOWABLE = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'])
/** Virtual machines of Azure find their host’s agent at an address that looks public. */
const METADATA = new Set(['168.63.129.16', 'fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', '100.100.100.200'])

/** Why this server will not connect there; undefined: it will. */
export function refuseAddress(text: string, allowPrivate: boolean): string | undefined {
  if (!ipaddr.isValid(text)) return `${text} is no address`
  // An IPv4 address in IPv6 clothes is judged as what it is.
  const address = ipaddr.process(text)
  if (METADATA.has(address.toString())) return `${text} is an address of cloud metadata, which no channel reaches`
  // Of IPv6 only 2000::/3 is given out; whatever else counts as unicast (IPv4 in another spelling, ISATAP) leads nowhere public.
  const given = address.kind() === 'ipv4' || address.range() !== 'unicast' || (address.toByteArray()[0] ?? 0) >> 5 === 1
  const range = given ? address.range() : 'reserved'
  if (range === 'unicast' || (allowPrivate && ALLOWABLE.has(range))) return undefined
  const kind = `${text} is a ${RANGE_WORDS[range] ?? 'reserved'} address`
  return ALLOWABLE.has(range) ? `${kind}; the channel would need allowPrivate` : `${kind}, which no channel reaches`
}

const RANGE_WORDS: Record<string, string> = {
  private: 'private', loopback: 'loopback', uniqueLocal: 'private', carrierGradeNat: 'private', linkLocal: 'link-local', multicast: 'multicast', broadcast: 'broadcast',
}

/** The literal address a URL or SMTP host names, without the brackets of IPv6; undefined: a name. */
export function literalAddress(host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return ipaddr.isValid(bare) ? bare : undefined
}

/** Addresses to connect to, or why there are none. One refused address among them refuses the name. */
export async function resolveHost(
  host: string, allowPrivate: boolean, signal: AbortSignal, lookup: typeof systemLookup = systemLookup,
): Promise<HostAddress[] | Outcome> {
  const literal = literalAddress(host)
  let addresses: HostAddress[]
  try {
    addresses = literal === undefined
      ? await orAborted(lookup(host, { all: true, verbatim: true }), signal)
      : [{ address: literal, family: literal.includes(':') ? 6 : 4 }]
  } catch (error) {
    if (signal.aborted) throw error
    return undelivered(`${host} cannot be resolved (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
  if (addresses.length === 0) return undelivered(`${host} has no address`)
  for (const { address } of addresses) {
    const refusal = refuseAddress(address, allowPrivate)
    if (refusal !== undefined) return undelivered(literal === undefined ? `${host} leads to where it must not: ${refusal}` : refusal, { final: true })
  }
  return addresses
}

/** For node:net: answers with what was resolved, whatever it is asked. */
export function pinTo(addresses: readonly HostAddress[]): LookupFunction {
  return (_host, options, callback) => {
    if (options.all === true) callback(null, [...addresses])
    else callback(null, addresses[0]?.address ?? '', addresses[0]?.family)
  }
}

/** The system’s resolver cannot be interrupted, only left alone. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
