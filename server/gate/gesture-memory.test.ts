import { describe, expect, it } from 'vitest'
import type { Signals } from '../contract/signals.ts'
import { GestureMemory } from './gesture-memory.ts'
import { seeded } from './seeded.fixture.ts'

const NOW = 1_700_000_000_000
const HOUR = 3_600_000
const mouse: Signals = {
  input: 'mouse', dwellMs: 9412, firstInputMs: 9301, pressMs: 96, hoverMs: 431, straightness: 0.91337, offCentre: 0.31416, moves: 86,
  pathHash: '5f0c1b7e2d9a4c36',
}
const { pathHash: _, ...figures } = mouse
const keyboard: Signals = { input: 'keyboard', trusted: true, dwellMs: 3000, firstInputMs: 2900, keys: 4 }
const show = (memory: GestureMemory, device: string, signals: Signals = mouse, now = NOW, project = 1) => memory.show(project, device, signals, now)

describe('a gesture', () => {
  it('from another device is a replay, and stays one', () => {
    const memory = new GestureMemory(10)
    expect(['d1', 'd2', 'd3', 'd2'].map((device) => show(memory, device))).toEqual([false, true, true, true])
  })

  it('of the same device is a retry, before and after somebody replayed it', () => {
    const memory = new GestureMemory(10)
    expect(['d1', 'd1', 'd2', 'd1'].map((device) => show(memory, device))).toEqual([false, false, true, false])
  })

  it('is known by its path whatever the figures say, and by its figures without the path', () => {
    const memory = new GestureMemory(10)
    show(memory, 'd1')
    expect(show(memory, 'd2', { ...mouse, dwellMs: 1, pressMs: 2, hoverMs: 3 })).toBe(true)
    expect(show(memory, 'd3', figures)).toBe(true)
    expect(show(memory, 'd4', { ...mouse, pathHash: '0000000000000000' })).toBe(true)
  })

  it('does not change by what is not the hand’s', () => {
    const memory = new GestureMemory(10)
    show(memory, 'd1', figures)
    expect(show(memory, 'd2', { ...figures, moves: 3, languages: 7, timezoneOffset: 300, scrolls: 9 })).toBe(true)
  })

  it('of another hand is none of it', () => {
    const memory = new GestureMemory(10)
    show(memory, 'd1')
    expect(show(memory, 'd2', { ...mouse, pathHash: '0000000000000000', hoverMs: 432 })).toBe(false)
  })

  it('is forgotten after a day of silence, not while it is being replayed', () => {
    const memory = new GestureMemory(10)
    show(memory, 'd1')
    expect(show(memory, 'd2', mouse, NOW + 20 * HOUR)).toBe(true)
    expect(show(memory, 'd3', mouse, NOW + 40 * HOUR)).toBe(true)
    expect(show(memory, 'd4', mouse, NOW + 65 * HOUR)).toBe(false)
  })

  it('stays within its project', () => {
    const memory = new GestureMemory(10)
    show(memory, 'd1')
    expect(show(memory, 'd2', mouse, NOW, 2)).toBe(false)
  })
})

describe('too poor a gesture', () => {
  it.each<[string, Signals]>([
    ['keys', keyboard],
    ['assistive technology', { input: 'assistive', dwellMs: 4000, firstInputMs: 3900, pressMs: 0, hoverMs: 0, offCentre: 0, straightness: 1 }],
    ['three figures', { input: 'touch', dwellMs: 4000, firstInputMs: 3900, pressMs: 90 }],
    ['no figures', {}],
  ])('is not compared: %s', (_name, signals) => {
    const memory = new GestureMemory(10)
    expect(show(memory, 'd1', signals)).toBeUndefined()
    expect(show(memory, 'd2', signals)).toBeUndefined()
    expect(memory.size).toBe(0)
  })

  it('is not the thumb’s: four figures are enough', () => {
    const memory = new GestureMemory(10)
    const touch: Signals = { input: 'touch', dwellMs: 4012, firstInputMs: 3911, pressMs: 93, hoverMs: 0, offCentre: 0.2201 }
    expect([show(memory, 'd1', touch), show(memory, 'd2', touch)]).toEqual([false, true])
  })
})

it('takes none of 20,000 hurried thumbs with a coarse clock for another', () => {
  const memory = new GestureMemory(100_000)
  const random = seeded(7)
  const replayed = Array.from({ length: 20_000 }, (_unused, person) => {
    const dwellMs = Math.round(800 + random() * 4000)
    const pressMs = Math.round(40 + random() * 90)
    return show(memory, `d${person}`, { input: 'touch', dwellMs, firstInputMs: dwellMs - pressMs, pressMs, offCentre: Math.round(random() * 900) / 1e3 })
  }).filter((seen) => seen === true)
  expect(replayed).toEqual([])
})

it('never holds more gestures than it may, forgets the one heard of longest ago, and counts what it forgot early', () => {
  const memory = new GestureMemory(3)
  for (let index = 0; index < 5; index++) show(memory, 'd1', { pathHash: `000000000000000${index}` })
  expect([memory.size, memory.saturations]).toEqual([3, 2])
  expect(show(memory, 'd2', { pathHash: '0000000000000000' })).toBe(false)
  expect(show(memory, 'd2', { pathHash: '0000000000000004' })).toBe(true)
  const later = new GestureMemory(1)
  show(later, 'd1', { pathHash: '0000000000000001' })
  show(later, 'd1', { pathHash: '0000000000000002' }, NOW + 25 * HOUR)
  expect([later.size, later.saturations]).toEqual([1, 0])
})

it('remembers whose each of a thousand gestures was', () => {
  const memory = new GestureMemory(1000)
  const gestures = Array.from({ length: 1000 }, (_any, n) => ({ input: 'mouse' as const, pathHash: n.toString(16).padStart(16, '0') }))
  for (const [n, gesture] of gestures.entries()) show(memory, `d${n}`, gesture)
  expect(gestures.filter((gesture, n) => show(memory, `d${n}`, gesture) !== false)).toEqual([])
  expect(gestures.filter((gesture) => show(memory, 'another', gesture) !== true)).toEqual([])
})
