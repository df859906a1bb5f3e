/**
 * Recognises unknown project keys that are being worked through: pk_1001, pk_1002, … or one that differs from an earlier one in
 * a single character or in its last digits. Somebody’s wrong key is one key, or a few that have nothing in common.
 *
 * Keys are compared with the few that the same network asked for last, so others who come in between hide nothing. Bounded:
 * the network that was quiet for longest is forgotten. Pure: time is an argument.
 */

const HORIZON_MS = 10 * 60_000
const KEYS_KEPT = 8
/** Longer text is no key of ours, and comparing it is work for nothing. */
const LONGEST_KEY = 64
/** What keys that differ in their last digits must have in common before them. */
const LEAST_STEM = 3
const LEAST_LENGTH = 6

interface Shown {
  keys: string[]
  at: number
}

export class KeySequenceMemory {
  readonly #networks = new Map<string, Shown>()
  readonly #maxNetworks: number
  #saturations = 0

  constructor(maxNetworks: number) {
    this.#maxNetworks = maxNetworks
  }

  get size(): number {
    return this.#networks.size
  }

  /** Networks forgotten within ten minutes, to make room. */
  get saturations(): number {
    return this.#saturations
  }

  /** Takes a key down. `sequential`: it continues one that this network asked for before. The same key again continues nothing. */
  show(network: string, key: string, now: number): 'sequential' | undefined {
    if (key.length > LONGEST_KEY) return undefined
    const known = this.#networks.get(network)
    const keys = known === undefined || now - known.at > HORIZON_MS ? [] : known.keys
    const sequential = keys.some((earlier) => continues(earlier, key))
    this.#keep(network, { keys: [...keys.filter((earlier) => earlier !== key), key].slice(-KEYS_KEPT), at: now }, now)
    return sequential ? 'sequential' : undefined
  }

  /** Last in the map, and the first one gone if there is no room. */
  #keep(network: string, shown: Shown, now: number): void {
    this.#networks.delete(network)
    const [oldest] = this.#networks
    if (this.#networks.size >= this.#maxNetworks && oldest !== undefined) {
      if (now - oldest[1].at <= HORIZON_MS) this.#saturations += 1
      this.#networks.delete(oldest[0])
    }
    this.#networks.set(network, shown)
  }
}

function continues(earlier: string, key: string): boolean {
  return earlier !== key && (differsInLastDigits(earlier, key) || differsInOneCharacter(earlier, key))
}

function differsInLastDigits(one: string, other: string): boolean {
  const stem = stemOf(one)
  return stem.length >= LEAST_STEM && stem === stemOf(other) && stem.length < one.length && stem.length < other.length
}

/** The text before the digits at its end. */
function stemOf(text: string): string {
  let end = text.length
  while (end > 0 && isDigit(text.charCodeAt(end - 1))) end -= 1
  return text.slice(0, end)
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

function differsInOneCharacter(one: string, other: string): boolean {
  if (one.length !== other.length || one.length < LEAST_LENGTH) return false
  let differences = 0
  for (let index = 0; index < one.length && differences < 2; index += 1) {
    if (one.charCodeAt(index) !== other.charCodeAt(index)) differences += 1
  }
  return differences === 1
}
