import { describe, expect, it } from 'vitest'
import { humanMouse, humans } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { instantPress } from './instant-press.ts'

describe('instant-press', () => {
  it.each([
    [0, 1],
    [11.9, 1],
    [12, 0],
    [75, 0],
    [117, 0],
  ])('finds a press of %f ms worth %i', (pressMs, value) => {
    expect(instantPress.detect({ ...humanMouse, pressMs: known(pressMs) })).toEqual({ value })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(instantPress.detect(evidence)).toEqual({ value: 0 })
  })

  it('names pressMs as missing when it is absent or could not be found out', () => {
    expect(instantPress.detect({ ...humanMouse, pressMs: absent })).toEqual({ missing: 'pressMs' })
    expect(instantPress.detect({ ...humanMouse, pressMs: failed('unreadable') })).toEqual({ missing: 'pressMs' })
  })

  it('names input as missing when it is absent or could not be found out', () => {
    expect(instantPress.detect({ ...humanMouse, input: absent })).toEqual({ missing: 'input' })
    expect(instantPress.detect({ ...humanMouse, input: failed('unreadable') })).toEqual({ missing: 'input' })
  })
})
