import { describe, expect, it } from 'vitest'
import { seeded } from './seeded.fixture.ts'
import { UserSequenceMemory } from './user-sequence-memory.ts'

const NOW = 1_700_000_000_000
const HOUR = 3_600_000
const memoryOf = (size = 100_000) => new UserSequenceMemory(size)
const runs = (subs: readonly string[], memory = memoryOf()) => subs.map((sub) => memory.show(1, sub, NOW))

/** Of user-<number>, in this order. */
const longest = (numbers: readonly number[]) => Math.max(...runs(numbers.map((number) => `user-${number}`)).map((run) => run ?? 0))

describe('a list being worked through', () => {
  it.each([
    ['plain numbers', ['1001', '1002', '1003', '1004']],
    ['a prefix', ['user-8', 'user-9', 'user-10', 'user-11']],
    ['zero-padded', ['u0098', 'u0099', 'u0100', 'u0101']],
    ['a suffix', ['bot7@example.com', 'bot8@example.com', 'bot9@example.com', 'bot10@example.com']],
    ['a number that stays beside it', ['acme2_1', 'acme2_2', 'acme2_3', 'acme2_4']],
    ['a number behind it that stays', ['u5@mail2.example', 'u6@mail2.example', 'u7@mail2.example', 'u8@mail2.example']],
  ])('is seen: %s', (_, subs) => expect(runs(subs)).toEqual([1, 2, 3, 4]))

  it('is seen through others who come in between', () => {
    const memory = memoryOf()
    const found = Array.from({ length: 10 }, (_unused, index) => {
      for (let other = 0; other < 12; other++) memory.show(1, `user-${(index * 7919 + other * 104_729) % 9_000_000 + 100_000}`, NOW)
      return memory.show(1, `user-${500 + index}`, NOW + index)
    })
    expect(found).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('is a list of this project, of one shape, and of one day', () => {
    const memory = memoryOf()
    expect(memory.show(1, 'user-1', NOW)).toBe(1)
    expect(memory.show(2, 'user-2', NOW)).toBe(1)
    expect(memory.show(1, 'member-2', NOW)).toBe(1)
    expect(memory.show(1, 'user-2', NOW + 25 * HOUR)).toBe(1)
  })

  it('is not made longer by voting again', () => {
    expect(runs(['u1', 'u1', 'u2', 'u1', 'u2', 'u3', 'u1'])).toEqual([1, 1, 2, 1, 2, 3, 1])
  })

  it('counts up: down and in steps of two it is none', () => {
    expect(runs(['u9', 'u8', 'u7', 'u6'])).toEqual([1, 1, 1, 1])
    expect(runs(['u2', 'u4', 'u6', 'u8'])).toEqual([1, 1, 1, 1])
  })
})

describe('people with numeric ids', () => {
  it('in any order make runs of two, never more: 5,000 draws from 10,000, twenty times over', () => {
    const found = Array.from({ length: 20 }, (_, seed) => {
      const random = seeded(seed + 1)
      return longest(Array.from({ length: 5000 }, () => Math.floor(random() * 10_000)))
    })
    expect(Math.max(...found)).toBe(2)
  })

  it('who signed up one after the other and come back in any order make no run of five: 200 launches of 400 (in 1,000 there is one)', () => {
    const found = Array.from({ length: 200 }, (_, seed) => longest(shuffled(5000, 400, seeded(seed + 100))))
    expect(Math.max(...found)).toBeLessThanOrEqual(4)
  })

  it('of one small class make a run of five one time in six, and none of eight: 200 classes of 30', () => {
    const found = Array.from({ length: 200 }, (_, seed) => longest(shuffled(5000, 30, seeded(seed + 900))))
    expect(found.filter((run) => run >= 5).length).toBeLessThanOrEqual(50)
    expect(Math.max(...found)).toBeLessThan(8)
  })

  // The limit of this sign, and why the policy must not let it hold a verified vote by itself.
  it('who sign up on the spot and vote at once look like a list', () => {
    expect(longest(Array.from({ length: 50 }, (_, index) => 5000 + index))).toBe(50)
  })
})

it.each([
  'alice', '', '0b5d6c1e-6f0a-4c58-9d6b-3a7f2e91c4d8', 'x'.repeat(300) + '1', '9'.repeat(40),
])('has nothing to count in %j', (sub) => expect(memoryOf().show(1, sub, NOW)).toBeUndefined())

it('never holds more ids than it may, forgets the one heard of longest ago, and counts what it forgot early', () => {
  const memory = memoryOf(3)
  expect(runs(['a1', 'b1', 'c1', 'd1', 'a2', 'd2'], memory)).toEqual([1, 1, 1, 1, 1, 2])
  expect([memory.size, memory.saturations]).toEqual([3, 3])
  memory.show(1, 'e1', NOW + 25 * HOUR)
  expect([memory.size, memory.saturations]).toEqual([3, 3])
})

function shuffled(first: number, size: number, random: () => number): number[] {
  const numbers = Array.from({ length: size }, (_, index) => first + index)
  for (let last = size - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const kept = numbers[last] ?? 0
    numbers[last] = numbers[other] ?? 0
    numbers[other] = kept
  }
  return numbers
}
