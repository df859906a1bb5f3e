import { describe, expect, it } from 'vitest'
import { humanMouse, humans, playwright } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { deadCentreClick } from './dead-centre-click.ts'

describe('dead-centre-click', () => {
  it.each([
    [0, 1],
    [0.02, 1],
    [0.021, 0],
    [1, 0],
  ])('finds a mouse click %f off the centre worth %i', (offCentre, value) => {
    expect(deadCentreClick.detect({ ...humanMouse, offCentre: known(offCentre) })).toEqual({ value })
  })

  it('sees a driver that was told only which element', () => {
    expect(deadCentreClick.detect(playwright)).toEqual({ value: 1 })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(deadCentreClick.detect(evidence)).toEqual({ value: 0 })
  })

  it('names offCentre as missing when it is absent or could not be found out', () => {
    expect(deadCentreClick.detect({ ...humanMouse, offCentre: absent })).toEqual({ missing: 'offCentre' })
    expect(deadCentreClick.detect({ ...humanMouse, offCentre: failed('unreadable') })).toEqual({ missing: 'offCentre' })
  })

  it('names input as missing when it is absent or could not be found out', () => {
    expect(deadCentreClick.detect({ ...humanMouse, input: absent })).toEqual({ missing: 'input' })
    expect(deadCentreClick.detect({ ...humanMouse, input: failed('unreadable') })).toEqual({ missing: 'input' })
  })
})
