import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSearch } from './search.ts'

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

function zeroBits(digest: Buffer): number {
  const bits = Array.from(digest, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return bits.indexOf('1')
}

/** The counter a search finds, however many runs it takes. */
function find(prefix: string, difficulty: number, skip = 0, batch = 1000): number {
  const search = createSearch(prefix, difficulty, skip)
  for (;;) {
    const found = search(batch)
    if (found !== undefined) return found
  }
}

describe('a solution', () => {
  // Every place a message can end at in its 64-byte blocks, and twice around: 55 and 56 bytes are where the padding needs
  // another block, 64 where a block is full.
  const lengths = Array.from({ length: 200 }, (_, length) => length)

  it('is one for node:crypto too, for a prefix of every length', () => {
    const wrong = lengths.filter((length) => {
      const prefix = 'n'.repeat(length)
      return zeroBits(sha256(prefix + find(prefix, 9, length * 7919))) < 9
    })
    expect(wrong).toEqual([])
  })

  it('is the first there is: no counter before it was passed over', () => {
    for (const prefix of [41, 45, 48, 49, 50, 51, 52, 55, 56, 63, 64, 119].map((length) => 'p'.repeat(length))) {
      const first = createSearch(prefix, 0, 0)(1) ?? Number.NaN
      const found = find(prefix, 11)
      for (let counter = first; counter < found; counter += 1) expect(zeroBits(sha256(prefix + counter))).toBeLessThan(11)
      expect(zeroBits(sha256(prefix + found))).toBeGreaterThanOrEqual(11)
    }
  })

  it.each([0, 1, 4, 8, 13, 16])('has at least %i leading zero bits', (difficulty) => {
    for (const nonce of ['a', 'eyJhbGciOi.x_-9', 'é☃𝄞']) {
      const prefix = `${nonce}:42:`
      const counter = find(prefix, difficulty)
      expect(zeroBits(sha256(`${prefix}${counter}`))).toBeGreaterThanOrEqual(difficulty)
    }
  })

  it('has a counter that is a whole number every JSON reader knows exactly', () => {
    for (const length of lengths) {
      const counter = find('x'.repeat(length), 4, 900_000)
      expect(Number.isSafeInteger(counter)).toBe(true)
      expect(String(counter)).toMatch(/^[1-9][0-9]{0,15}$/)
    }
  })
})

describe('a search', () => {
  it('goes on where its last run ended, and where others have been', () => {
    const whole = find('prefix:7:', 12, 0, 1e6)
    expect(find('prefix:7:', 12, 0, 7)).toBe(whole)
    const first = createSearch('prefix:7:', 0, 0)(1) ?? Number.NaN
    expect(find('prefix:7:', 12, whole - first)).toBe(whole)
    expect(find('prefix:7:', 12, whole - first + 1)).toBeGreaterThan(whole)
  })

  it('goes on past the end of the digits it planned for', () => {
    // 48 bytes leave room for seven digits beside the padding: this begins just before the eighth.
    const prefix = 'y'.repeat(48)
    const found = find(prefix, 10, 9_000_000 - 3)
    expect(found).toBeGreaterThan(9_999_999)
    expect(zeroBits(sha256(`${prefix}${found}`))).toBeGreaterThanOrEqual(10)
  })
})
