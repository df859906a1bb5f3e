import { describe, expect, it } from 'vitest'
import { Windows } from './windows.ts'

describe('Windows', () => {
  it('counts within a window', () => {
    const windows = new Windows(1000, 10)
    expect([windows.hit('a', 0), windows.hit('a', 10), windows.hit('b', 20)]).toEqual([1, 2, 1])
  })

  it('lets the previous window fade out instead of forgetting it at the boundary', () => {
    const windows = new Windows(1000, 10)
    for (let i = 0; i < 10; i++) windows.hit('a', 500)
    expect(windows.hit('a', 1000)).toBe(11)
    expect(windows.hit('a', 1500)).toBe(7)
    expect(windows.hit('a', 3500)).toBe(1)
  })

  it('never holds more keys than it may, counts every new one, and says how many it forgot', () => {
    const windows = new Windows(1000, 3)
    for (let i = 0; i < 100; i++) expect(windows.hit(`key ${i}`, 1)).toBe(1)
    expect(windows.size).toBe(3)
    expect(windows.saturations).toBe(97)
    expect(windows.hit('key 99', 2)).toBe(2)
    expect(windows.hit('key 0', 2)).toBe(1)
  })

  it('does not forgive counts when the clock steps back', () => {
    const windows = new Windows(1000, 10)
    windows.hit('a', 5000)
    expect(windows.hit('a', 3000)).toBe(2)
  })
})
