/**
 * Recognises unknown project keys that are being worked through: pk_1001, pk_1002, … or one that differs from an earlier one in
 * a single character or in its last digits. Somebody’s wrong key is one key, or a few that have nothing in common.
 *
 * Keys are compared with the few that the same network asked for last, so others who come in between hide nothing. Bounded:
 * the network that was quiet for longest is forgotten. Pure: time is an argument.
 */

import { KeyMemory } from './key-memory.ts'

const HORIZON_MS = 10 * 60_000
const KEYS_KEPT = 8
/** Longer text is no key of ours, and comparing it is work for nothing. */
const LONGEST_KEY = 64
/** What keys that differ in their last digits must have in common before them. */
const LEAST_STEM = 3
const LEAST_LENGTH = 6
/** Of the keys of one network, which are kept as one text: a part of a request’s text would keep all of it in memory. */
const BETWEEN_KEYS = '\n'

export class KeySequenceMemory {
  readonly #networks: KeyMemory
  readonly #shown: string[] = []

  constructor(maxNetworks: number) {
    this.#networks = new KeyMemory(maxNetworks, HORIZON_MS)
  }

  get size(): number {
    return this.#networks.size
  }

  /** Networks forgotten within ten minutes, to make room. */
  get saturations(): number {
    return this.#networks.saturations
  }

  /** Takes a key down. `sequential`: it continues one that this network asked for before. The same key again continues nothing. */
  show(network: string, key: string, now: number): 'sequential' | undefined {
    if (key.length > LONGEST_KEY || key.includes(BETWEEN_KEYS)) return undefined
    const slot = this.#networks.keep(now, network)
    const keys = now - this.#networks.before > HORIZON_MS ? [] : (this.#shown[slot] as string).split(BETWEEN_KEYS)
    const sequential = keys.some((earlier) => continues(earlier, key))
    this.#shown[slot] = [...keys.filter((earlier) => earlier !== key), key].slice(-KEYS_KEPT).join(BETWEEN_KEYS)
    return sequential ? 'sequential' : undefined
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
