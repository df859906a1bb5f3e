import { describe, expect, it } from 'vitest'
import { humanMouse, humans, syntheticClick } from '../evidence.fixture.ts'
import { absent, failed } from '../evidence.ts'
import { untrustedEvent } from './untrusted-event.ts'

describe('untrusted-event', () => {
  it('sees a click made by a script', () => {
    expect(untrustedEvent.detect(syntheticClick)).toEqual({ value: 1 })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(untrustedEvent.detect(evidence)).toEqual({ value: 0 })
  })

  it('names trusted as missing when it is absent or could not be found out', () => {
    expect(untrustedEvent.detect({ ...humanMouse, trusted: absent })).toEqual({ missing: 'trusted' })
    expect(untrustedEvent.detect({ ...humanMouse, trusted: failed('unreadable') })).toEqual({ missing: 'trusted' })
  })
})
