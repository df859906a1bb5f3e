import { describe, expect, it } from 'vitest'
import { detectors } from '../detectors/registry.ts'
import { nearLimit } from '../detectors/near-limit.ts'
import { defaultPolicy } from '../policies/default.ts'
import { creditWords, findingWords, spokenDetectors } from './finding-words.ts'

const { windows } = defaultPolicy
const say = (detector: string, value = 1, signals: Record<string, unknown> = {}, known: typeof windows | 'other' = windows) =>
  findingWords({ detector, value }, { signals, windows: known === 'other' ? undefined : known })

describe('the words of findings', () => {
  it('are there for every registered detector, and for no other', () => {
    expect([...spokenDetectors].toSorted()).toEqual(detectors.map(({ name }) => name).toSorted())
  })

  it.each(detectors.map(({ name }) => name))('say %s in one sentence, whatever is known beside it', (name) => {
    const said = [say(name), say(name, 0.5), say(name, 1, {}, 'other'), say(name, 1, { moves: 'x', hoverMs: null, pressMs: Number.NaN })]
    for (const sentence of said) {
      expect(sentence).toMatch(/^[A-Z0-9][^.]*(?:\.\d[^.]*)*\.$/)
      expect(sentence).not.toMatch(/undefined|NaN|null|detector/)
    }
  })

  it('differ from detector to detector', () => {
    expect(new Set(spokenDetectors.map((name) => say(name))).size).toBe(spokenDetectors.length)
  })

  it.each<[string, string, number, Record<string, unknown>]>([
    ['The pointer never moved before the click.', 'unhovered-click', 1, { moves: 0, hoverMs: 300 }],
    ['The pointer was over the button for 0.3 ms before it clicked.', 'unhovered-click', 1, { moves: 1, hoverMs: 0.31 }],
    ['The pointer was put on the button, not brought there.', 'unhovered-click', 1, {}],
    ['The mouse button was down for 2 ms, shorter than a finger needs.', 'instant-press', 1, { pressMs: 2 }],
    ['The mouse button came up as soon as it went down.', 'instant-press', 1, {}],
    ['The pointer moved along a ruler line in 18 steps.', 'ruler-straight-path', 1, { moves: 18 }],
    ['450 votes from this network within a minute.', 'network-velocity', nearLimit({ count: 450, limit: 600, windowMs: 60_000 }), {}],
    ['600 votes or more from this network within a minute.', 'network-velocity', 1, {}],
    ['About 901 votes from this IPv6 /48 within a minute.', 'prefix-velocity', 0.001, {}],
    ['6 user ids voted one after the other, counting up by one.', 'sequential-users', 0.5, {}],
    ['The user’s token was signed about 7 hours before the vote.', 'old-user-token', 0.5, {}],
    ['The user’s token was signed about 1 hour before the vote.', 'old-user-token', 0.01, {}],
  ])('“%s”', (sentence, detector, value, signals) => expect(say(detector, value, signals)).toBe(sentence))

  it('name no figure of a policy that is no longer in force', () => {
    expect(say('item-velocity', 0.5, {}, 'other')).toBe('Votes come fast for this item.')
  })

  it.each([[120_000, 'in 2 minutes'], [30_000, 'in 30 seconds'], [1000, 'in 1 second']])('a window of %i ms is “%s”', (windowMs, said) => {
    expect(say('network-velocity', 0, {}, { ...windows, network: { limit: 28, windowMs } })).toBe(`14 votes from this network ${said}.`)
  })

  it('tell the count right to a vote wherever they do not say “about”', () => {
    for (const limit of [10, 120, 600, 1000]) {
      for (let count = Math.ceil(limit / 2); count < limit; count += 1) {
        const value = Math.round(nearLimit({ count, limit, windowMs: 60_000 }) * 1000) / 1000
        expect(say('voter-velocity', value, {}, { ...windows, voter: { limit, windowMs: 60_000 } })).toMatch(new RegExp(`^${count} changes`))
      }
    }
  })

  it('name a detector that is gone as it was called, and no property of every object', () => {
    expect(say('tea-leaves')).toBe('The detector “tea-leaves” found something.')
    expect(say('constructor')).toBe('The detector “constructor” found something.')
    expect(creditWords('luck')).toBe('“luck” was counted in its favour.')
  })
})
