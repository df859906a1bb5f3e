import { expect, it } from 'vitest'
import { LimitMemory } from './shared-limit.ts'

const MINUTE = 60_000

it('counts from a source’s first request, and begins again when the window is over', () => {
  const memory = new LimitMemory(10)
  expect(memory.hit('a', MINUTE, 1000)).toEqual({ current: 1, ttl: MINUTE })
  expect(memory.hit('a', MINUTE, 31_000)).toEqual({ current: 2, ttl: 30_000 })
  expect(memory.hit('b', MINUTE, 31_000)).toEqual({ current: 1, ttl: MINUTE })
  expect(memory.hit('a', MINUTE, 61_000)).toEqual({ current: 1, ttl: MINUTE })
})

it('goes on from what it learned, until the window of the others is over', () => {
  const memory = new LimitMemory(10)
  memory.hit('a', MINUTE, 0)
  memory.learn('a', 40, 10_000, 0)
  expect(memory.hit('a', MINUTE, 5000)).toEqual({ current: 41, ttl: 5000 })
  expect(memory.hit('a', MINUTE, 10_000)).toEqual({ current: 1, ttl: MINUTE })
})

it('learns nothing from a count that has forgotten some of its own, nor about a source it does not know', () => {
  const memory = new LimitMemory(10)
  for (let turn = 0; turn < 5; turn += 1) memory.hit('a', MINUTE, 0)
  memory.learn('a', 4, 1000, 0)
  memory.learn('b', 400, MINUTE, 0)
  expect(memory.hit('a', MINUTE, 2000)).toEqual({ current: 6, ttl: 58_000 })
  expect(memory.hit('b', MINUTE, 2000).current).toBe(1)
})

it('forgets whoever has not asked for longest, and says so', () => {
  const memory = new LimitMemory(3)
  for (const key of ['a', 'b', 'c', 'a', 'd']) memory.hit(key, MINUTE, 0)
  expect(memory.size).toBe(3)
  expect(memory.saturations).toBe(1)
  expect(memory.hit('a', MINUTE, 0).current).toBe(3)
  expect(memory.hit('b', MINUTE, 0).current).toBe(1)
  // Room of a window that is over is nobody’s loss.
  const later = new LimitMemory(1)
  later.hit('a', MINUTE, 0)
  later.hit('b', MINUTE, MINUTE)
  expect(later.saturations).toBe(0)
})

it('counts a thousand sources, each by itself', () => {
  const memory = new LimitMemory(1000)
  const keys = Array.from({ length: 1000 }, (_, n) => `a source ${n}`)
  for (const [n, key] of keys.entries()) for (let turn = 0; turn <= n % 3; turn += 1) memory.hit(key, MINUTE, n)
  expect(keys.filter((key, n) => memory.hit(key, MINUTE, 1000).current !== (n % 3) + 2)).toEqual([])
  expect(keys.filter((key, n) => memory.hit(key, MINUTE, 1000).ttl !== MINUTE + n - 1000)).toEqual([])
  expect([memory.size, memory.saturations]).toEqual([1000, 0])
})
