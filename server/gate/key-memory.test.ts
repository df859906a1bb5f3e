import { describe, expect, it } from 'vitest'
import { KeyHash } from './key-hash.ts'
import { KeyMemory } from './key-memory.ts'
import { seeded } from './seeded.fixture.ts'

/** What it has to do, by a Map of the texts themselves. */
class Plain {
  readonly at = new Map<string, number>()
  readonly values = new Map<string, number>()
  saturations = 0
  readonly #maxKeys: number
  readonly #horizonMs: number

  constructor(maxKeys: number, horizonMs: number) {
    this.#maxKeys = maxKeys
    this.#horizonMs = horizonMs
  }

  keep(now: number, key: string): number {
    const before = this.at.get(key)
    this.at.delete(key)
    const [oldest] = this.at
    if (oldest !== undefined && this.at.size >= this.#maxKeys) {
      if (now - oldest[1] <= this.#horizonMs) this.saturations += 1
      this.forget(oldest[0])
    }
    this.at.set(key, now)
    return before ?? -Infinity
  }

  forget(key: string): void {
    this.at.delete(key)
    this.values.delete(key)
  }
}

describe('a memory of keys', () => {
  it.each([[1, 5], [7, 20], [64, 90], [500, 2000], [3000, 4000]])('of %i does over 60,000 random steps what a Map of %i texts does', (maxKeys, texts) => {
    const random = seeded(maxKeys)
    const horizonMs = maxKeys * 8
    const memory = new KeyMemory(maxKeys, horizonMs)
    const values = new Float64Array(maxKeys)
    const plain = new Plain(maxKeys, horizonMs)
    const faults: string[] = []
    for (let step = 0, now = 0; step < 60_000; step += 1) {
      now += Math.floor(random() * 8)
      const key = `key ${Math.floor(random() * texts)}`
      const slot = memory.find(key)
      const found = slot < 0 ? undefined : `${memory.at(slot)} ${values[slot]}`
      const wanted = plain.at.has(key) ? `${plain.at.get(key)} ${plain.values.get(key)}` : undefined
      if (found !== wanted) faults.push(`step ${step}: ${key} is remembered as ${found}, not ${wanted}`)
      if (random() < 0.1) {
        if (slot >= 0) memory.forget(slot)
        plain.forget(key)
      } else {
        const kept = memory.keep(now, key)
        const before = plain.keep(now, key)
        if (memory.before !== before) faults.push(`step ${step}: ${key} was heard of ${memory.before}, not ${before}`)
        values[kept] = step
        plain.values.set(key, step)
      }
      const [oldest] = plain.at.values()
      if (memory.size !== plain.at.size) faults.push(`step ${step}: ${memory.size} keys, not ${plain.at.size}`)
      if (oldest !== undefined && memory.at(memory.oldest) !== oldest) faults.push(`step ${step}: the oldest is of ${memory.at(memory.oldest)}, not ${oldest}`)
    }
    expect(faults.slice(0, 5)).toEqual([])
    expect(memory.saturations).toBe(plain.saturations)
    expect(memory.saturations).toBeGreaterThan(0)
  })

  it('keeps equal texts of different spaces apart, and whatever kind of text it is', () => {
    const memory = new KeyMemory(5000, 1000)
    const texts = ['', 'a', '\0', 'aa', 'a\0', 'ä', '€', '😀', '\ud83d', 'x'.repeat(255), 'x'.repeat(256), 'x'.repeat(257)]
    const slots = texts.flatMap((text) => [0, 1, 2 ** 32 - 1].flatMap((space) => [0, 1, -1].map((part) => memory.keep(1, text, space, part))))
    expect(new Set(slots).size).toBe(texts.length * 9)
    expect(memory.size).toBe(texts.length * 9)
  })

  it('does not slow down when it is full: a hundred thousand more keys take no longer than ten times the first', () => {
    const memory = new KeyMemory(100_000, Infinity)
    const fill = (from: number): number => {
      const begun = process.cpuUsage()
      for (let key = from; key < from + 100_000; key += 1) memory.keep(key, `somebody ${key}`)
      const { user, system } = process.cpuUsage(begun)
      return user + system
    }
    fill(0)
    const first = fill(100_000)
    // Looking for the oldest among all of them would take a thousand times as long.
    expect(fill(200_000)).toBeLessThan(10 * first)
    expect([memory.size, memory.saturations]).toEqual([100_000, 200_000])
  })
})

function hashOf(hash: KeyHash, text: string, space = 0, part = 0): string {
  hash.take(text, space, part)
  return `${hash.high} ${hash.low}`
}

describe('the hash of a key', () => {
  it('is another one under another key, and the same under the same', () => {
    const key = Uint32Array.of(1, 2)
    expect(hashOf(new KeyHash(key), 'ada')).toBe(hashOf(new KeyHash(key), 'ada'))
    expect(hashOf(new KeyHash(key), 'ada')).not.toBe(hashOf(new KeyHash(Uint32Array.of(1, 3)), 'ada'))
    expect(hashOf(new KeyHash(), 'ada')).not.toBe(hashOf(new KeyHash(), 'ada'))
  })

  it('turns over half of its bits for one bit of the text, wherever that is', () => {
    const hash = new KeyHash(Uint32Array.of(7, 9))
    const bits = (text: string): string => {
      hash.take(text, 0, 0)
      return [hash.high, hash.low].map((half) => (half >>> 0).toString(2).padStart(32, '0')).join('')
    }
    const text = 'somebody at 203.0.113.7'
    const whole = bits(text)
    const changes = Array.from(text, (_, place) => {
      const other = bits(text.slice(0, place) + String.fromCharCode(text.charCodeAt(place) ^ 1) + text.slice(place + 1))
      return Array.from(other).filter((bit, index) => bit !== whole[index]).length
    })
    expect(Math.min(...changes)).toBeGreaterThan(14)
    expect(Math.max(...changes)).toBeLessThan(50)
    expect(changes.reduce((sum, change) => sum + change, 0) / changes.length).toBeGreaterThan(28)
  })

  it('of 300,000 neighbours is never the same, and spreads evenly over a table', () => {
    const hash = new KeyHash(Uint32Array.of(3, 5))
    const seen = new Set<string>()
    const buckets = Array.from({ length: 256 }, () => 0)
    for (let key = 0; key < 300_000; key += 1) {
      seen.add(hashOf(hash, `10.0.${key >> 8}.${key & 255}`))
      const bucket = hash.low & 255
      buckets[bucket] = (buckets[bucket] as number) + 1
    }
    expect(seen.size).toBe(300_000)
    // 1172 in each, and a standard deviation of 34.
    expect(Math.min(...buckets)).toBeGreaterThan(1172 - 6 * 34)
    expect(Math.max(...buckets)).toBeLessThan(1172 + 6 * 34)
  })
})
