import { describe, expect, it } from 'vitest'
import { KeySequenceMemory } from './key-sequence-memory.ts'

const NOW = 1_700_000_000_000
const MINUTE = 60_000
const patterns = (keys: readonly string[], memory = new KeySequenceMemory(100)) =>
  keys.map((key) => memory.show('192.0.2.0/24', key, NOW) === 'sequential')

describe('keys being worked through', () => {
  it.each([
    ['counting up', ['pk_1001', 'pk_1002', 'pk_1003']],
    ['counting past a nine', ['pk_8', 'pk_9', 'pk_10']],
    ['last digits in any order', ['pk_shop771', 'pk_shop15', 'pk_shop9034']],
    ['one letter after another', ['pk_aaaaaa', 'pk_aaaaab', 'pk_aaaaac']],
    ['one character in the middle', ['pk_Qx7aLm', 'pk_Qx7bLm', 'pk_Qx7cLm']],
  ])('are seen: %s', (_, keys) => expect(patterns(keys)).toEqual([false, true, true]))

  it('are seen through others of the same network that come in between', () => {
    expect(patterns(['pk_shop1', 'pk_kLm3xQ8v', 'pk_other', 'pk_shop2'])).toEqual([false, false, false, true])
  })

  it('are those of one network, and of ten minutes', () => {
    const memory = new KeySequenceMemory(100)
    expect(memory.show('192.0.2.0/24', 'pk_1001', NOW)).toBeUndefined()
    expect(memory.show('198.51.100.0/24', 'pk_1002', NOW)).toBeUndefined()
    expect(memory.show('192.0.2.0/24', 'pk_1003', NOW + 10 * MINUTE + 1)).toBeUndefined()
    expect(memory.show('192.0.2.0/24', 'pk_1004', NOW + 20 * MINUTE)).toBe('sequential')
  })
})

describe('is silent about', () => {
  it.each([
    ['one wrong key on a page of many visitors', Array<string>(20).fill('pk_old_shop_7')],
    ['real keys of other installations', ['pk_v3Rk81Xz0qLw', 'pk_9aTmQe2ysUfb', 'pk_Zb6cHn4dPxoK']],
    ['words', ['pk_demo', 'pk_test', 'pk_live', 'undefined', '{{key}}']],
    ['numbers with nothing before them', ['1', '2', '3']],
    ['two different characters', ['pk_aaaaaa', 'pk_aaaabb', 'pk_aacccb']],
    ['text too long for a key', [`${'x'.repeat(80)}1`, `${'x'.repeat(80)}2`]],
  ])('%s', (_, keys) => expect(patterns(keys)).not.toContain(true))
})

it('never holds more networks than it may, and counts those it forgot early', () => {
  const memory = new KeySequenceMemory(2)
  for (const [turn, network] of ['a', 'b', 'a', 'c'].entries()) memory.show(network, 'pk_100', NOW + turn)
  expect([memory.size, memory.saturations]).toEqual([2, 1])
  // b was quiet for longest.
  expect(memory.show('a', 'pk_101', NOW + 5)).toBe('sequential')
  expect(memory.show('b', 'pk_101', NOW + 6)).toBeUndefined()
  memory.show('d', 'pk_1', NOW + 30 * MINUTE)
  expect([memory.size, memory.saturations]).toEqual([2, 2])
})
