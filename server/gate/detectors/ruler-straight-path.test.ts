import { describe, expect, it } from 'vitest'
import { humanMouse, humans } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { rulerStraightPath } from './ruler-straight-path.ts'

describe('ruler-straight-path', () => {
  it.each([
    [15, 0.9996, 1],
    [15, 1, 1],
    [15, 0.9995, 0],
    [14, 1, 0],
    [0, 1, 0],
  ])('finds %i moves at straightness %f worth %i', (moves, straightness, value) => {
    expect(rulerStraightPath.detect({ ...humanMouse, moves: known(moves), straightness: known(straightness) })).toEqual({ value })
  })

  it('does not miss the straightness of a path too short to have one', () => {
    expect(rulerStraightPath.detect({ ...humanMouse, moves: known(2), straightness: absent })).toEqual({ value: 0 })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(rulerStraightPath.detect(evidence)).toEqual({ value: 0 })
  })

  it('names straightness as missing when it is absent or could not be found out', () => {
    expect(rulerStraightPath.detect({ ...humanMouse, straightness: absent })).toEqual({ missing: 'straightness' })
    expect(rulerStraightPath.detect({ ...humanMouse, straightness: failed('unreadable') })).toEqual({ missing: 'straightness' })
  })

  it('names moves as missing when it is absent or could not be found out', () => {
    expect(rulerStraightPath.detect({ ...humanMouse, moves: absent })).toEqual({ missing: 'moves' })
    expect(rulerStraightPath.detect({ ...humanMouse, moves: failed('unreadable') })).toEqual({ missing: 'moves' })
  })

  it('names input as missing when it is absent or could not be found out', () => {
    expect(rulerStraightPath.detect({ ...humanMouse, input: absent })).toEqual({ missing: 'input' })
    expect(rulerStraightPath.detect({ ...humanMouse, input: failed('unreadable') })).toEqual({ missing: 'input' })
  })
})
