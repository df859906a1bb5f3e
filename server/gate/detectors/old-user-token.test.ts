import { describe, expect, it } from 'vitest'
import { browsers, humanMouse, humans } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { oldUserToken } from './old-user-token.ts'

const HOUR = 3_600_000

describe('old-user-token', () => {
  it.each([
    [0, 0],
    [HOUR, 0],
    [6.5 * HOUR, 0.5],
    [12 * HOUR, 1],
    [1000 * HOUR, 1],
  ])('finds a token of %i ms worth %f', (userTokenAgeMs, value) => {
    expect(oldUserToken.detect({ ...humanMouse, userTokenAgeMs: known(userTokenAgeMs) })).toEqual({ value })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    const finding = oldUserToken.detect(evidence)
    expect('value' in finding ? finding.value : 0).toBe(0)
  })

  it('names userTokenAgeMs as missing when it is absent or could not be found out', () => {
    expect(oldUserToken.detect({ ...humanMouse, userTokenAgeMs: absent })).toEqual({ missing: 'userTokenAgeMs' })
    expect(oldUserToken.detect({ ...humanMouse, userTokenAgeMs: failed('unreadable') })).toEqual({ missing: 'userTokenAgeMs' })
  })
})
