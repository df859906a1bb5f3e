import { describe, expect, it } from 'vitest'
import { humanMouse, humans } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { fingerprintChange } from './fingerprint-change.ts'

describe('fingerprint-change', () => {
  it('sees a device that shows another fingerprint than before', () => {
    expect(fingerprintChange.detect({ ...humanMouse, fingerprintChanged: known(true) })).toEqual({ value: 1 })
  })

  it.each(Object.entries(humans))('is silent for %s', (_, evidence) => {
    expect(fingerprintChange.detect(evidence)).toEqual({ value: 0 })
  })

  it('names fingerprintChanged as missing when it is absent or could not be found out', () => {
    expect(fingerprintChange.detect({ ...humanMouse, fingerprintChanged: absent })).toEqual({ missing: 'fingerprintChanged' })
    expect(fingerprintChange.detect({ ...humanMouse, fingerprintChanged: failed('unreadable') })).toEqual({ missing: 'fingerprintChanged' })
  })
})
