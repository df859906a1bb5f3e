import { describe, expect, it } from 'vitest'
import { addMove, createTrail, hashOf, markPlace, restartTrail, straightnessOf } from './trail.ts'

function walk(points: readonly (readonly [number, number])[], step = 20) {
  const trail = createTrail()
  points.forEach(([x, y], index) => addMove(trail, { x, y }, index * step, 2))
  return trail
}

const LINE = [[0, 0], [10, 0], [20, 0], [30, 0], [40, 0], [50, 0]] as const
const CORNER = [[0, 0], [30, 0], [30, 40]] as const

describe('a trail', () => {
  it('counts events and the hardware moves behind them', () => {
    expect(walk(LINE)).toMatchObject({ moves: 6, coalesced: 12, length: 50 })
  })

  it('is as straight as its chord over its length', () => {
    expect(straightnessOf(walk(LINE))).toBe(1)
    expect(straightnessOf(walk(CORNER))).toBeCloseTo(50 / 70)
    expect(straightnessOf(walk([[5, 5], [5, 5]]))).toBeUndefined()
    expect(straightnessOf(createTrail())).toBeUndefined()
  })
})

describe('its hash', () => {
  it('is 16 hex digits, the same for the same path', () => {
    expect(hashOf(walk(LINE))).toMatch(/^[0-9a-f]{16}$/)
    expect(hashOf(walk(LINE))).toBe(hashOf(walk(LINE)))
  })

  it('differs for another path and for another pace', () => {
    const other = [...LINE.slice(0, 5), [50, 8]] as [number, number][]
    expect(hashOf(walk(other))).not.toBe(hashOf(walk(LINE)))
    expect(hashOf(walk(LINE, 40))).not.toBe(hashOf(walk(LINE)))
  })

  it('is missing while the path is too short to be anybody’s own', () => {
    expect(hashOf(walk(LINE.slice(0, 4)))).toBeUndefined()
  })

  it('differs for a second press at the same place', () => {
    const trail = walk(LINE)
    const first = hashOf(trail)
    markPlace(trail, { x: 50, y: 0 }, 900)
    expect(hashOf(trail)).not.toBe(first)
  })

  it('never comes back after a restart, even for the same moves', () => {
    const trail = walk(LINE)
    const first = hashOf(trail)
    restartTrail(trail)
    expect(trail).toMatchObject({ moves: 0, coalesced: 0, length: 0 })
    LINE.forEach(([x, y], index) => addMove(trail, { x, y }, index * 20, 2))
    expect(hashOf(trail)).not.toBe(first)
  })

  it('does not collide over ten thousand neighbouring paths', () => {
    const hashes = new Set<string | undefined>()
    for (let x = 0; x < 100; x += 1) {
      for (let y = 0; y < 100; y += 1) hashes.add(hashOf(walk([[0, 0], [8, 8], [16, 16], [24, 24], [x * 4, y * 4]])))
    }
    expect(hashes.size).toBe(10_000)
  })
})
