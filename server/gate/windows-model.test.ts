/** Windows against what they are meant to be: a Map of counts by slot, with the key that was quiet for longest forgotten first. */
import { expect, it } from 'vitest'
import { seeded } from './seeded.fixture.ts'
import { Windows } from './windows.ts'

const WINDOW = 1000

class PlainWindows {
  readonly counts = new Map<string, Map<number, number>>()
  readonly #maxKeys: number

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  hit(key: string, now: number): number {
    const slots = this.counts.get(key) ?? new Map<number, number>()
    this.counts.delete(key)
    const [oldest] = this.counts.keys()
    if (oldest !== undefined && this.counts.size >= this.#maxKeys) this.counts.delete(oldest)
    const slot = Math.floor(now / WINDOW)
    slots.set(slot, (slots.get(slot) ?? 0) + 1)
    this.counts.set(key, slots)
    const faded = 1 - (now % WINDOW) / WINDOW
    return (slots.get(slot) ?? 0) + Math.floor((slots.get(slot - 1) ?? 0) * faded)
  }
}

it.each([[1, 3], [20, 15], [20, 40], [400, 1000]])('%i keys at most, of %i who come: each of 50,000 hits counts as it should', (maxKeys, people) => {
  const random = seeded(people)
  const windows = new Windows(WINDOW, maxKeys)
  const plain = new PlainWindows(maxKeys)
  const faults: string[] = []
  for (let step = 0, now = 5000; step < 50_000; step += 1) {
    // Now and then nobody comes for a while.
    now += random() < 0.001 ? 1700 : Math.floor(random() * 3)
    const key = `voter ${Math.floor(people * random() ** 2)}`
    const [found, wanted] = [windows.hit(key, now), plain.hit(key, now)]
    if (found !== wanted) faults.push(`step ${step}: ${key} counted ${found}, not ${wanted}`)
  }
  expect(faults.slice(0, 5)).toEqual([])
  expect(windows.size).toBe(plain.counts.size)
})
