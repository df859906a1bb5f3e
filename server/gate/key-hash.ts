/**
 * HalfSipHash-2-4 with 64 bits, under a key that each process draws for itself: what memories of fixed width know a text by.
 *
 * Whoever does not know the key cannot aim at a collision (that is what SipHash is for, and no hash is ever shown to anybody);
 * two texts that were not made for it collide with a chance of 2^-64. A text is read as UTF-16 code units, two to a word.
 */
import { randomFillSync } from 'node:crypto'

export class KeyHash {
  readonly #k0: number
  readonly #k1: number
  /** The two halves of the last text’s hash, as signed 32-bit numbers. */
  high = 0
  low = 0

  /** Two words, random unless a test wants the same ones every time. */
  constructor(key: Uint32Array = randomFillSync(new Uint32Array(2))) {
    this.#k0 = (key[0] ?? 0) | 0
    this.#k1 = (key[1] ?? 0) | 0
  }

  /** Leaves the hash in `high` and `low`: an object a call would cost more than the hash. `space` and `part` keep equal texts apart. */
  take(text: string, space: number, part: number): void {
    let v0 = this.#k0
    let v1 = this.#k1 ^ 0xee
    let v2 = this.#k0 ^ 0x6c796765
    let v3 = this.#k1 ^ 0x74656462
    const length = text.length
    const end = length & ~1
    // Two words before the text, one with its last unit and its length after it, and two to finish.
    for (let at = -4; at <= end + 4; at += 2) {
      let word = 0
      let rounds = 2
      if (at < 0) word = at === -4 ? space | 0 : part | 0
      else if (at < end) word = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)
      else if (at === end) word = (length << 24) | (length === end ? 0 : text.charCodeAt(end))
      else {
        rounds = 4
        if (at === end + 2) v2 ^= 0xee
        else {
          this.low = v1 ^ v3
          v1 ^= 0xdd
        }
      }
      v3 ^= word
      for (let round = 0; round < rounds; round += 1) {
        v0 = (v0 + v1) | 0
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
        v0 = (v0 << 16) | (v0 >>> 16)
        v2 = (v2 + v3) | 0
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
        v0 = (v0 + v3) | 0
        v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
        v2 = (v2 + v1) | 0
        v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
        v2 = (v2 << 16) | (v2 >>> 16)
      }
      v0 ^= word
    }
    this.high = v1 ^ v3
  }
}
