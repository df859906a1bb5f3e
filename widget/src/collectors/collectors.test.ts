import { describe, expect, it, vi } from 'vitest'
import type { Moment, Observed, Press } from '../observation.ts'
import { addMove, createTrail } from '../trail.ts'
import { automationGlobals } from './automation-globals.ts'
import { coalescedMoves } from './coalesced-moves.ts'
import { core } from './core.ts'
import { dwell } from './dwell.ts'
import { firstInput } from './first-input.ts'
import { hoverDuration } from './hover-duration.ts'
import { input } from './input.ts'
import { keys } from './keys.ts'
import { language } from './language.ts'
import { mobile } from './mobile.ts'
import { moves } from './moves.ts'
import { pathHash } from './path-hash.ts'
import { platform } from './platform.ts'
import { pressDuration } from './press-duration.ts'
import { pressure } from './pressure.ts'
import { scrolls } from './scrolls.ts'
import { straightness } from './straightness.ts'
import { timeZone } from './time-zone.ts'
import { timezoneOffset } from './timezone-offset.ts'
import { trusted } from './trusted.ts'
import { workerMismatch } from './worker-mismatch.ts'

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

function leftOn(where: 'window' | 'document', name: string): boolean | undefined {
  vi.stubGlobal('window', where === 'window' ? { [name]: 1 } : {})
  vi.stubGlobal('document', where === 'document' ? { [name]: 1 } : {})
  const found = automationGlobals(momentOf(undefined))
  vi.unstubAllGlobals()
  return found
}

describe('what a driver leaves in the page', () => {
  it.each([
    ['window', 'cdc_adoQpoasnfa76pfcZLmcfl_Array'], ['document', '$cdc_asdjflasutopfhvcZLmcfl_'], ['document', '$chrome_asyncScriptInfo'],
    ['window', '__playwright__binding__'], ['window', '__pwInitScripts'], ['window', '__pw_manual'], ['window', '__puppeteer_evaluation_script__'],
    ['window', '_phantom'], ['window', 'callPhantom'], ['window', '__nightmare'], ['window', 'domAutomation'],
    ['window', 'domAutomationController'], ['window', 'callSelenium'], ['window', '_Selenium_IDE_Recorder'], ['document', '__webdriver_script_fn'],
    ['document', '__fxdriver_unwrapped'], ['document', '__driver_evaluate'],
  ] as const)('is seen on the %s: %s', (where, name) => {
    expect(leftOn(where, name)).toBe(true)
  })

  it.each(['phantom', 'solana', 'cdc', '__REACT_DEVTOOLS_GLOBAL_HOOK__', 'webkitURL', 'Truetally', 'driver', 'pw', '__pwa'])('is not %s', (name) => {
    expect([leftOn('window', name), leftOn('document', name)]).toEqual([false, false])
  })
})

function withNavigator<Value>(facts: object, read: () => Value): Value {
  vi.stubGlobal('navigator', facts)
  const value = read()
  vi.unstubAllGlobals()
  return value
}

describe('who the browser says it is', () => {
  const nobody = momentOf(undefined)

  it('is its platform by the short name where there is one, and not more of it than the wire takes', () => {
    expect(withNavigator({ platform: 'Linux x86_64', userAgentData: { platform: 'Linux' } }, () => platform(nobody))).toBe('Linux')
    expect(withNavigator({ platform: 'MacIntel' }, () => platform(nobody))).toBe('MacIntel')
    expect(withNavigator({ platform: '', userAgentData: { platform: '' } }, () => platform(nobody))).toBeUndefined()
    expect(withNavigator({ platform: 'x'.repeat(500) }, () => platform(nobody))).toHaveLength(40)
  })

  it('is a phone’s only where the browser says', () => {
    expect(withNavigator({ userAgentData: { mobile: true } }, () => mobile(nobody))).toBe(true)
    expect(withNavigator({}, () => mobile(nobody))).toBeUndefined()
  })

  it('is a language, unless it is none', () => {
    expect(withNavigator({ language: 'de-AT' }, () => language(nobody))).toBe('de-AT')
    for (const odd of ['', 'en_US.UTF-8', '<b>', 'x'.repeat(36)]) expect(withNavigator({ language: odd }, () => language(nobody))).toBeUndefined()
  })

  it('is a time zone by name', () => {
    expect(timeZone(nobody)).toMatch(/^[A-Za-z0-9_+/-]{1,64}$/)
  })

  it('is a machine’s hash where a fingerprint was read', () => {
    expect([core(nobody), core({ ...nobody, core: 'abc' })]).toEqual([undefined, 'abc'])
  })
})

describe('a worker', () => {
  const page = { userAgent: 'UA', platform: 'Linux', languages: ['de', 'en'], hardwareConcurrency: 4, webdriver: false }
  const contradicts = (worker: Record<string, unknown> | undefined) => {
    vi.stubGlobal('navigator', page)
    const found = workerMismatch({ ...momentOf(undefined), worker })
    vi.unstubAllGlobals()
    return found
  }

  it('that says the same does not contradict the page, nor does one that says less', () => {
    expect(contradicts({ ...page, languages: ['de', 'en'] })).toBe(false)
    expect(contradicts({ userAgent: 'UA', webdriver: undefined })).toBe(false)
  })

  it.each(Object.entries({ userAgent: 'HeadlessUA', platform: 'Win32', languages: ['en'], hardwareConcurrency: 2, webdriver: true }))(
    'that has another %s does', (name, said) => {
      expect(contradicts({ ...page, [name]: said })).toBe(true)
    },
  )

  it('that never ran says nothing', () => {
    expect(contradicts(undefined)).toBeUndefined()
  })
})
