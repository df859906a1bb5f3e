/** Addresses, handed out so that no two owners share a network unless they mean to. */
import type { Place } from './places.ts'
import type { Random } from './random.ts'

/** Odd, hence coprime to the number of networks in a block: each comes once, neighbours far apart. */
const STRIDE = 40_503

interface Block {
  /** First address, and how many /24 there are. */
  first: number
  networks: number
}

export class Addresses {
  readonly #places: readonly Place[]
  readonly #random: Random
  readonly #used = new Map<string, number>()

  /** @param places whose networks no other instance hands out */
  constructor(places: readonly Place[], random: Random) {
    this.#places = places
    this.#random = random
  }

  place(): Place {
    const total = this.#places.reduce((sum, { weight }) => sum + weight, 0)
    let left = this.#random.next() * total
    return this.#places.find(({ weight }) => (left -= weight) < 0) ?? this.#places[0] as Place
  }

  /** `203.0.113` of a /24 nobody else has. */
  network(place: Place): string {
    const { first, networks } = blockOf(this.#random.pick(place.v4))
    const index = this.#take(`${first}`)
    if (index >= networks) throw new Error(`more networks than ${place.country} has here`)
    const base = first + ((index * STRIDE + 11) % networks) * 256
    return [base >>> 24, (base >>> 16) & 255, (base >>> 8) & 255].join('.')
  }

  /** An address with its network to itself. */
  home(place: Place): string {
    return `${this.network(place)}.${17 + this.#random.below(200)}`
  }

  /** As home(), from an IPv6 /64 of a delegated /56, where the place has any. */
  home6(place: Place): string {
    if (place.v6.length === 0) return this.home(place)
    const block = this.#random.pick(place.v6)
    const index = this.#take(block) + 1
    const delegated = (index * STRIDE) % 0xff_ffff
    return `${block}:${(delegated >>> 8).toString(16)}:${((delegated & 255) << 8 | 1).toString(16)}::${(1 + this.#random.below(0xfffe)).toString(16)}`
  }

  #take(block: string): number {
    const index = this.#used.get(block) ?? 0
    this.#used.set(block, index + 1)
    return index
  }
}

function blockOf(cidr: string): Block {
  const [base = '', bits = '32'] = cidr.split('/')
  const first = base.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  return { first, networks: 2 ** (24 - Number(bits)) }
}
