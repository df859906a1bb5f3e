import { describe, expect, it } from 'vitest'
import { browsers, humanMouse, humans, replay } from '../evidence.fixture.ts'
import { absent, failed, known } from '../evidence.ts'
import { replayedGesture } from './replayed-gesture.ts'

describe('replayed-gesture', () => {
  it('sees a gesture another device made before', () => {
    expect(replayedGesture.detect(replay)).toEqual({ value: 1 })
    expect(replayedGesture.detect({ ...humanMouse, gestureSeen: known(true) })).toEqual({ value: 1 })
    expect(replayedGesture.detect({ ...humanMouse, gestureSeen: known(false) })).toEqual({ value: 0 })
  })

  it.each(Object.entries({ ...humans, ...browsers }))('finds nothing in %s', (_, evidence) => {
    expect(replayedGesture.detect(evidence)).not.toHaveProperty('value', 1)
  })

  it('names gestureSeen as missing when it is absent or could not be found out', () => {
    expect(replayedGesture.detect({ ...humanMouse, gestureSeen: absent })).toEqual({ missing: 'gestureSeen' })
    expect(replayedGesture.detect({ ...humanMouse, gestureSeen: failed('unreadable') })).toEqual({ missing: 'gestureSeen' })
  })
})
