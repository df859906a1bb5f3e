/**
 * SHA-256 and the search for a proof of work, without `crypto.subtle`: that is missing on plain http, and one promise per
 * hash would be twenty times slower. The function below refers to nothing outside itself, because its text is also what
 * the worker runs.
 */

/** Tries that many counters more; the one that solves it, or undefined. */
export type Search = (hashes: number) => number | undefined

export type CreateSearch = (prefix: string, difficulty: number, skip: number) => Search

/**
 * Looks for the counter such that SHA-256 over `prefix` and the counter in decimal begins with `difficulty` zero bits.
 *
 * Only the last block of the message is hashed for each counter: what comes before it is hashed once (the midstate), and
 * the counter has as many digits, 16 at most, as it takes for those that change to share one block with the padding.
 * That works for every length of the prefix: half the work of two blocks. After ten thousand counters at most the digits
 * before them change, and with them the midstate.
 * @param difficulty 0 to 32
 * @param skip how many counters others have tried
 */
export const createSearch: CreateSearch = function createSearch(prefix, difficulty, skip) {
  const roundConstants = new Int32Array(64)
  const initial = new Int32Array(8)
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- nothing may be outside, see above
  const fraction = (value: number) => ((value % 1) * 2 ** 32) | 0
  for (let candidate = 2, count = 0; count < 64; candidate += 1) {
    let divisor = 2
    while (candidate % divisor) divisor += 1
    if (divisor < candidate) continue
    if (count < 8) initial[count] = fraction(Math.sqrt(candidate))
    roundConstants[count] = fraction(Math.cbrt(candidate))
    count += 1
  }

  const schedule = new Int32Array(64)
  /** Hashes the 16 words from `at` on into the state. */
  function compress(state: Int32Array, words: Int32Array, at: number): void {
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
    for (let round = 0; round < 64; round += 1) {
      let word: number
      if (round < 16) {
        word = words[at + round]!
      } else {
        const early = schedule[round - 15]!
        const late = schedule[round - 2]!
        word = (schedule[round - 16]! + schedule[round - 7]!
          + (((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3))
          + (((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10))) | 0
      }
      schedule[round] = word
      const first = (h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7)))
        + ((e & f) ^ (~e & g)) + roundConstants[round]! + word) | 0
      const second = ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10)))
        + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + first) | 0
      d = c
      c = b
      b = a
      a = (first + second) | 0
    }
    state[0]! += a
    state[1]! += b
    state[2]! += c
    state[3]! += d
    state[4]! += e
    state[5]! += f
    state[6]! += g
    state[7]! += h
  }

  const encoder = new TextEncoder()
  const rest = encoder.encode(prefix).length % 64
  const digits = rest < 49 ? Math.min(16, 55 - rest) : 16
  const varying = rest < 49 ? 4 : Math.min(4, rest - 48)
  const midstate = new Int32Array(8)
  const state = new Int32Array(8)
  let counter = 10 ** (digits - 1) + skip
  /** The message from the first block that changes, padded. */
  let words = new Int32Array()
  /** Index among the bytes of `words` of the last digit. */
  let end = 0

  function prepare(): void {
    const message = encoder.encode(prefix + counter)
    const padded = new Uint8Array(((message.length + 72) >> 6) << 6)
    padded.set(message)
    padded[message.length] = 0x80
    const view = new DataView(padded.buffer)
    view.setUint32(padded.length - 4, message.length * 8)
    const all = Int32Array.from({ length: padded.length / 4 }, (_, index) => view.getInt32(index * 4))
    const constant = (message.length - varying) >> 6
    midstate.set(initial)
    for (let block = 0; block < constant; block += 1) compress(midstate, all, block * 16)
    words = all.slice(constant * 16)
    end = message.length - 1 - constant * 64
  }

  /** Counts on, in the words themselves; a new midstate where a digit before the varying ones changes. */
  function advance(): void {
    counter += 1
    let left = counter
    for (let at = end; at > end - varying; at -= 1) {
      const shift = 24 - 8 * (at & 3)
      const digit = left % 10
      if (digit) {
        words[at >> 2]! += 1 << shift
        return
      }
      words[at >> 2]! -= 9 << shift
      left /= 10
    }
    prepare()
  }

  prepare()
  return (hashes) => {
    for (let tried = 0; tried < hashes; tried += 1) {
      state.set(midstate)
      for (let at = 0; at < words.length; at += 16) compress(state, words, at)
      if (Math.clz32(state[0]!) >= difficulty) return counter
      advance()
    }
    return undefined
  }
}
