import { describe, expect, it } from 'vitest'
import { browsers, curl, humanMouse, humans } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { missingProof } from './missing-proof.ts'

describe('missing-proof', () => {
  it('sees a vote without the proof it was asked for, and one whose proof does not hold', () => {
    expect(missingProof.detect(curl)).toEqual({ value: 1 })
    expect(missingProof.detect({ ...humanMouse, proof: known('missing') })).toEqual({ value: 1 })
    expect(missingProof.detect({ ...humanMouse, proof: known('wrong') })).toEqual({ value: 1 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(missingProof.detect(evidence)).toEqual({ value: 0 })
  })

  it('misses no proof where none was asked for', () => {
    expect(missingProof.detect({ ...humanMouse, proof: absent })).toEqual({ missing: 'proof' })
    expect(missingProof.detect({ ...humanMouse, proof: failed('unreadable') })).toEqual({ missing: 'proof' })
  })
})
