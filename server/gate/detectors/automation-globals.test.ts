import { describe, expect, it } from 'vitest'
import { browsers, humanMouse, humans, seleniumUndetected } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { automationGlobals } from './automation-globals.ts'

describe('automation-globals', () => {
  it('sees a page in which a driver left its globals', () => {
    expect(automationGlobals.detect(seleniumUndetected)).toEqual({ value: 1 })
    expect(automationGlobals.detect({ ...humanMouse, automationGlobals: known(true) })).toEqual({ value: 1 })
    expect(automationGlobals.detect({ ...humanMouse, automationGlobals: known(false) })).toEqual({ value: 0 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(automationGlobals.detect(evidence)).not.toHaveProperty('value', 1)
  })

  it('names automationGlobals as missing when it is absent or could not be found out', () => {
    expect(automationGlobals.detect({ ...humanMouse, automationGlobals: absent })).toEqual({ missing: 'automationGlobals' })
    expect(automationGlobals.detect({ ...humanMouse, automationGlobals: failed('unreadable') })).toEqual({ missing: 'automationGlobals' })
  })
})
