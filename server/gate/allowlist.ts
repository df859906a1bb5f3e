/** Sources that nothing automatic acts on, as a person said. Pure: rows in, whether an address is among them out. */
import ipaddr from 'ipaddr.js'

export interface AllowedEntry {
  /** 0: of every project. */
  projectId: number
  /** Canonical CIDR. */
  network: string
  /** null: until somebody takes it back. */
  expiresAt: number | null
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

export class Allowlist {
  readonly #entries: readonly { projectId: number; base: Address; bits: number; expiresAt: number }[]

  constructor(entries: readonly AllowedEntry[]) {
    this.#entries = entries.map(({ projectId, network, expiresAt }) => {
      const [base, bits] = ipaddr.parseCIDR(network)
      return { projectId, base, bits, expiresAt: expiresAt ?? Infinity }
    })
  }

  /** `source` is an address, or a network that must lie within an allowed one as a whole. */
  includes(projectId: number, source: string, now: number): boolean {
    if (this.#entries.length === 0) return false
    const [base, bits] = rangeOf(source)
    return this.#entries.some((entry) =>
      (entry.projectId === 0 || entry.projectId === projectId) && entry.expiresAt > now && isWithin([base, bits], [entry.base, entry.bits]))
  }
}

/** Whether the two have an address in common. Either may be an address. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)]
  return isWithin(a, b) || isWithin(b, a)
}

function rangeOf(text: string): [Address, number] {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

const isWithin = ([inner, innerBits]: [Address, number], [outer, outerBits]: [Address, number]): boolean =>
  inner.kind() === outer.kind() && innerBits >= outerBits && inner.match(outer, outerBits)
