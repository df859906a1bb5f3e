import { describe, expect, it } from 'vitest'
import { browsers, humanMouse, humans } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { tooSoon } from './too-soon.ts'

describe('too-soon', () => {
  it.each([
    [0, 500, 1],
    [499, 500, 1],
    [500, 500, 0],
    [86_400_000, 500, 0],
    [0, 0, 0],
  ])('finds a vote after %i ms of %i worth %i', (waitedMs, leastMs, value) => {
    expect(tooSoon.detect({ ...humanMouse, dwell: known({ waitedMs, leastMs }) })).toEqual({ value })
  })

  it('does not believe the client’s own clock', () => {
    expect(tooSoon.detect({ ...humanMouse, dwellMs: known(1), dwell: known({ waitedMs: 9000, leastMs: 500 }) })).toEqual({ value: 0 })
    expect(tooSoon.detect({ ...humanMouse, dwellMs: known(86_000_000), dwell: known({ waitedMs: 3, leastMs: 500 }) })).toEqual({ value: 1 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(tooSoon.detect(evidence)).toEqual({ value: 0 })
  })

  it('names dwell as missing when it is absent or could not be found out', () => {
    expect(tooSoon.detect({ ...humanMouse, dwell: absent })).toEqual({ missing: 'dwell' })
    expect(tooSoon.detect({ ...humanMouse, dwell: failed('unreadable') })).toEqual({ missing: 'dwell' })
  })
})
