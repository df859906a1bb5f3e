import { describe, expect, it } from 'vitest'
import { browsers, curl, humanMouse, humans, silentFarm } from '../evidence.fixture.ts'
import { absent, failed } from '../evidence.ts'
import { missingSignals } from './missing-signals.ts'

describe('missing-signals', () => {
  it('sees a vote that says nothing about how it was cast, with or without a proof of work', () => {
    expect(missingSignals.detect(curl)).toEqual({ value: 1 })
    expect(missingSignals.detect(silentFarm)).toEqual({ value: 1 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(missingSignals.detect(evidence)).toEqual({ value: 0 })
  })

  it('expects none of a request that brings no vote', () => {
    expect(missingSignals.detect({ ...humanMouse, signalsSent: absent })).toEqual({ missing: 'signalsSent' })
    expect(missingSignals.detect({ ...humanMouse, signalsSent: failed('unreadable') })).toEqual({ missing: 'signalsSent' })
  })
})
