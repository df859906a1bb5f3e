import { describe, expect, it } from 'vitest'
import type { Moment, Observed, Press } from '../observation.ts'
import { addMove, createTrail } from '../trail.ts'
import { coalescedMoves } from './coalesced-moves.ts'
import { dwell } from './dwell.ts'
import { firstInput } from './first-input.ts'
import { hoverDuration } from './hover-duration.ts'
import { input } from './input.ts'
import { keys } from './keys.ts'
import { moves } from './moves.ts'
import { pathHash } from './path-hash.ts'
import { pressDuration } from './press-duration.ts'
import { pressure } from './pressure.ts'
import { scrolls } from './scrolls.ts'
import { straightness } from './straightness.ts'
import { timezoneOffset } from './timezone-offset.ts'
import { trusted } from './trusted.ts'

const MOUSE: Press = { control: null, downAt: 5000, upAt: 5090.4, pressure: 0.5, type: 'mouse', overAt: 4600 }

function momentOf(press: Press | undefined, observed: Partial<Observed> = {}, at = 5100): Moment {
  const event = new Event('click')
  Object.defineProperty(event, 'timeStamp', { value: at })
  return { event, control: null, press, observed: { since: 1000, trail: createTrail(), keys: 0, scrolls: 0, ...observed } }
}

function trailOf(count: number, coalesced: number) {
  const trail = createTrail()
  for (let index = 0; index < count; index += 1) addMove(trail, { x: index * 9, y: index * index }, index * 16, coalesced)
  return trail
}

describe('a mouse', () => {
  it('has a press, a hover, a pressure and a path', () => {
    const moment = momentOf(MOUSE, { trail: trailOf(20, 3), firstInputAt: 5000 })
    expect(input(moment)).toBe('mouse')
    expect(pressDuration(moment)).toBe(90)
    expect(hoverDuration(moment)).toBe(400)
    expect(pressure(moment)).toBe(0.5)
    expect(moves(moment)).toBe(20)
    expect(coalescedMoves(moment)).toBe(60)
    expect(straightness(moment)).toBeGreaterThan(0.9)
    expect(pathHash(moment)).toMatch(/^[0-9a-f]{16}$/)
    expect(dwell(moment)).toBe(4100)
    expect(firstInput(moment)).toBe(4000)
  })

  it('that never moved has no straightness and no hash, which is not the same as a bad one', () => {
    const moment = momentOf(MOUSE)
    expect(moves(moment)).toBe(0)
    expect(straightness(moment)).toBeUndefined()
    expect(pathHash(moment)).toBeUndefined()
  })

  it('in a browser that does not tell coalesced moves has none, rather than zero', () => {
    expect(coalescedMoves(momentOf(MOUSE, { trail: trailOf(20, 0) }))).toBeUndefined()
  })
})

describe('a finger', () => {
  it('presses but neither moves nor hovers', () => {
    const moment = momentOf({ ...MOUSE, type: 'touch', overAt: undefined }, { trail: trailOf(20, 3) })
    expect(input(moment)).toBe('touch')
    expect(pressDuration(moment)).toBe(90)
    expect([moves, coalescedMoves, straightness, pathHash, hoverDuration].map((collector) => collector(moment))).toEqual(
      Array.from({ length: 5 }, () => undefined),
    )
  })
})

describe('a keyboard', () => {
  it('is told by the key just before, and has no pointer facts even if a pointer passed by', () => {
    const moment = momentOf(undefined, { lastKeyAt: 5090, keys: 3, trail: trailOf(20, 3) })
    expect(input(moment)).toBe('keyboard')
    expect(keys(moment)).toBe(3)
    const pointerFacts = [pressDuration, hoverDuration, pressure, moves, coalescedMoves, straightness, pathHash]
    expect(pointerFacts.filter((collector) => collector(moment) !== undefined)).toEqual([])
  })
})

describe('assistive technology', () => {
  it('is an activation without a press and without a recent key', () => {
    expect(input(momentOf(undefined))).toBe('assistive')
    expect(input(momentOf(undefined, { lastKeyAt: 2000 }))).toBe('assistive')
  })
})

describe('facts of the moment', () => {
  it('are untrusted for an event a script made', () => {
    expect(trusted(momentOf(undefined))).toBe(false)
  })

  it('stay inside the ranges of the wire', () => {
    expect(scrolls(momentOf(undefined, { scrolls: 1e9 }))).toBe(100_000)
    expect(dwell(momentOf(undefined, { since: 9999 }))).toBe(0)
    expect(dwell(momentOf(undefined, {}, Number.NaN))).toBeUndefined()
    expect(pressure(momentOf({ ...MOUSE, pressure: 1.2 }))).toBe(1)
  })

  it('give whole minutes for the timezone', () => {
    expect(timezoneOffset(momentOf(undefined))).toSatisfy(Number.isInteger)
  })
})
