import { expect, it } from 'vitest'
import { ReplayMemory } from './replay-memory.ts'

it('knows a message for as long as it is kept', () => {
  const memory = new ReplayMemory(10, 1000)
  expect([0, 500, 1000, 1001, 2001, 2002].map((now) => memory.show('a', now))).toEqual([false, true, true, false, true, false])
})

it('never holds more than it may, forgets the oldest, and counts only what it forgot early', () => {
  const memory = new ReplayMemory(2, 1000)
  expect(['a', 'b', 'c', 'a', 'c'].map((id, now) => memory.show(id, now))).toEqual([false, false, false, false, true])
  expect([memory.size, memory.saturations]).toEqual([2, 2])
  expect(memory.show('d', 5000)).toBe(false)
  expect([memory.size, memory.saturations]).toEqual([1, 2])
})
