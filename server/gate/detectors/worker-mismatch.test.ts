import { describe, expect, it } from 'vitest'
import { browsers, humanMouse, humans, puppeteerStealth } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { workerMismatch } from './worker-mismatch.ts'

describe('worker-mismatch', () => {
  it('sees a page whose navigator was rewritten', () => {
    expect(workerMismatch.detect(puppeteerStealth)).toEqual({ value: 1 })
    expect(workerMismatch.detect({ ...humanMouse, workerMismatch: known(true) })).toEqual({ value: 1 })
    expect(workerMismatch.detect({ ...humanMouse, workerMismatch: known(false) })).toEqual({ value: 0 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(workerMismatch.detect(evidence)).not.toHaveProperty('value', 1)
  })

  it('names workerMismatch as missing when it is absent or could not be found out', () => {
    expect(workerMismatch.detect({ ...humanMouse, workerMismatch: absent })).toEqual({ missing: 'workerMismatch' })
    expect(workerMismatch.detect({ ...humanMouse, workerMismatch: failed('unreadable') })).toEqual({ missing: 'workerMismatch' })
  })
})
