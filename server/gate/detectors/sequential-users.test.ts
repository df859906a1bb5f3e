import { describe, expect, it } from 'vitest'
import { browsers, humanMouse, humans } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { sequentialUsers } from './sequential-users.ts'

describe('sequential-users', () => {
  it.each([
    [1, 0],
    [4, 0],
    [5, 0.25],
    [6, 0.5],
    [8, 1],
    [500, 1],
  ])('finds %i ids in a row worth %f', (userSequence, value) => {
    expect(sequentialUsers.detect({ ...humanMouse, userSequence: known(userSequence) })).toEqual({ value })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    const finding = sequentialUsers.detect(evidence)
    expect('value' in finding ? finding.value : 0).toBe(0)
  })

  it('names userSequence as missing when it is absent or could not be found out', () => {
    expect(sequentialUsers.detect({ ...humanMouse, userSequence: absent })).toEqual({ missing: 'userSequence' })
    expect(sequentialUsers.detect({ ...humanMouse, userSequence: failed('unreadable') })).toEqual({ missing: 'userSequence' })
  })
})
