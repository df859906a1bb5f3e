import { expect, it } from 'vitest'
import { Signals } from '../contract/signals.ts'
import { absent, known } from './evidence.ts'
import { type Gathered, gather, rateOf } from './gather.ts'

const NOW = 1_700_000_000_000
const rate = (count: number) => rateOf(count, { limit: 10, windowMs: 60_000 })
const bare: Gathered = {
  tier: 'd',
  signals: undefined,
  userAgent: undefined,
  acceptLanguage: undefined,
  fingerprintChanged: undefined,
  deviceSince: NOW - 5000,
  rates: { voter: rate(1), network: undefined, item: rate(3) },
}

/** One distinct value per signal, so that two mixed up would show. */
const signals: Required<Signals> = {
  webdriver: true, trusted: false, input: 'pen', dwellMs: 1, firstInputMs: 2, pressMs: 3, hoverMs: 4, pressure: 0.5, moves: 6,
  coalescedMoves: 7, straightness: 0.8, pathHash: 'abcdef0123456789', offCentre: 0.9, keys: 10, scrolls: 11, languages: 12,
  timezoneOffset: -60, visible: true,
}

it('hands on every signal of the contract unchanged', () => {
  const evidence = gather({ ...bare, signals }, NOW)
  expect(Object.keys(signals).toSorted()).toEqual(Object.keys(Signals.properties).toSorted())
  expect(evidence).toMatchObject(Object.fromEntries(Object.entries(signals).map(([name, value]) => [name, known(value)])))
})

it('takes zero and false for facts, not for silence', () =>
  expect(gather({ ...bare, signals: { webdriver: false, moves: 0, pressure: 0 }, fingerprintChanged: false }, NOW)).toMatchObject({
    webdriver: known(false), moves: known(0), pressure: known(0), fingerprintChanged: known(false),
  }))

it('names what a silent client did not say as absent, and guesses none of it', () => {
  const evidence = gather(bare, NOW)
  const told = Object.entries(evidence).filter(([, fact]) => fact.state !== 'absent').map(([name]) => name)
  expect(told.toSorted()).toEqual(['deviceAgeMs', 'itemRate', 'tier', 'voterRate'])
})

it('calls an empty User-Agent absent', () => {
  expect(gather({ ...bare, userAgent: '' }, NOW).userAgent).toEqual(absent)
  expect(gather({ ...bare, userAgent: 'curl/8' }, NOW).userAgent).toEqual(known('curl/8'))
})

it('spells the tiers out', () => {
  expect(gather({ ...bare, tier: 'v' }, NOW).tier).toEqual(known('verified'))
  expect(gather({ ...bare, tier: 'd' }, NOW).tier).toEqual(known('device'))
})

it('counts a device’s age by the server’s clock, never below zero', () => {
  expect(gather(bare, NOW).deviceAgeMs).toEqual(known(5000))
  expect(gather({ ...bare, deviceSince: NOW + 5000 }, NOW).deviceAgeMs).toEqual(known(0))
})

it('keeps the three rates apart, each with its limit', () =>
  expect(gather({ ...bare, rates: { voter: rate(1), network: rate(2), item: rate(3) } }, NOW)).toMatchObject({
    voterRate: known({ count: 1, limit: 10, windowMs: 60_000 }),
    networkRate: known({ count: 2, limit: 10, windowMs: 60_000 }),
    itemRate: known({ count: 3, limit: 10, windowMs: 60_000 }),
  }))
