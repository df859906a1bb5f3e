import { describe, expect, it } from 'vitest'
import { FIREFOX, humanMouse, humans, IPHONE, puppeteerStealth } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { pressurelessMouse } from './pressureless-mouse.ts'

describe('pressureless-mouse', () => {
  it('sees a mouse that presses without pressure in Chromium', () => {
    expect(pressurelessMouse.detect(puppeteerStealth)).toEqual({ value: 1 })
    expect(pressurelessMouse.detect({ ...humanMouse, pressure: known(0) })).toEqual({ value: 1 })
  })

  it.each([FIREFOX, IPHONE])('leaves other engines alone: %s', (userAgent) => {
    expect(pressurelessMouse.detect({ ...humanMouse, pressure: known(0), userAgent: known(userAgent) })).toEqual({ value: 0 })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(pressurelessMouse.detect(evidence)).toEqual({ value: 0 })
  })

  it('names pressure as missing when it is absent or could not be found out', () => {
    expect(pressurelessMouse.detect({ ...humanMouse, pressure: absent })).toEqual({ missing: 'pressure' })
    expect(pressurelessMouse.detect({ ...humanMouse, pressure: failed('unreadable') })).toEqual({ missing: 'pressure' })
  })

  it('names userAgent as missing when it is absent or could not be found out', () => {
    expect(pressurelessMouse.detect({ ...humanMouse, userAgent: absent })).toEqual({ missing: 'userAgent' })
    expect(pressurelessMouse.detect({ ...humanMouse, userAgent: failed('unreadable') })).toEqual({ missing: 'userAgent' })
  })

  it('names input as missing when it is absent or could not be found out', () => {
    expect(pressurelessMouse.detect({ ...humanMouse, input: absent })).toEqual({ missing: 'input' })
    expect(pressurelessMouse.detect({ ...humanMouse, input: failed('unreadable') })).toEqual({ missing: 'input' })
  })
})
