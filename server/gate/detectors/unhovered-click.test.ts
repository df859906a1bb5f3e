import { describe, expect, it } from 'vitest'
import { humanMouse, humans, playwright } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { unhoveredClick } from './unhovered-click.ts'

describe('unhovered-click', () => {
  it('sees a mouse click without hover, and one without a single move', () => {
    expect(unhoveredClick.detect(playwright)).toEqual({ value: 1 })
    expect(unhoveredClick.detect({ ...humanMouse, hoverMs: known(0) })).toEqual({ value: 1 })
    expect(unhoveredClick.detect({ ...humanMouse, moves: known(0) })).toEqual({ value: 1 })
  })

  it.each([
    [0, 1],
    [0.6, 1],
    [5, 0],
    [34, 0],
  ])('finds a hover of %f ms worth %i', (hoverMs, value) => {
    expect(unhoveredClick.detect({ ...humanMouse, hoverMs: known(hoverMs) })).toEqual({ value })
  })

  it('needs only one of the two to be sure', () => {
    expect(unhoveredClick.detect({ ...humanMouse, hoverMs: absent, moves: known(0) })).toEqual({ value: 1 })
    expect(unhoveredClick.detect({ ...humanMouse, hoverMs: known(0), moves: absent })).toEqual({ value: 1 })
  })

  it.each(['keyboard', 'touch', 'pen', 'assistive'] as const)('owes no hover with %s', (input) => {
    expect(unhoveredClick.detect({ ...playwright, input: known(input), moves: known(0) })).toEqual({ value: 0 })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(unhoveredClick.detect(evidence)).toEqual({ value: 0 })
  })

  it('names hoverMs as missing when it is absent or could not be found out', () => {
    expect(unhoveredClick.detect({ ...humanMouse, hoverMs: absent })).toEqual({ missing: 'hoverMs' })
    expect(unhoveredClick.detect({ ...humanMouse, hoverMs: failed('unreadable') })).toEqual({ missing: 'hoverMs' })
  })

  it('names moves as missing when it is absent or could not be found out', () => {
    expect(unhoveredClick.detect({ ...humanMouse, moves: absent })).toEqual({ missing: 'moves' })
    expect(unhoveredClick.detect({ ...humanMouse, moves: failed('unreadable') })).toEqual({ missing: 'moves' })
  })

  it('names input as missing when it is absent or could not be found out', () => {
    expect(unhoveredClick.detect({ ...humanMouse, input: absent })).toEqual({ missing: 'input' })
    expect(unhoveredClick.detect({ ...humanMouse, input: failed('unreadable') })).toEqual({ missing: 'input' })
  })
})
