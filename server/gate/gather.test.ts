import { describe, expect, it } from 'vitest'
import { Signals } from '../contract/signals.ts'
import { absent, failed, known } from './evidence.ts'
import { type Gathered, clientHeaders, gather, rateOf } from './gather.ts'

const NOW = 1_700_000_000_000
const rate = (count: number) => rateOf(count, { limit: 10, windowMs: 60_000 })
const bare: Gathered = {
  tier: 'd',
  signals: undefined,
  userAgent: undefined,
  fingerprintChanged: undefined,
  deviceSince: NOW - 5000,
  rates: { voter: rate(1), network: undefined, item: rate(3) },
}

/** One distinct value per signal, so that two mixed up would show. */
const signals: Required<Signals> = {
  webdriver: true, trusted: false, input: 'pen', dwellMs: 1, firstInputMs: 2, pressMs: 3, hoverMs: 4, pressure: 0.5, moves: 6,
  coalescedMoves: 7, straightness: 0.8, pathHash: 'abcdef0123456789', offCentre: 0.9, keys: 10, scrolls: 11, languages: 12,
  timezoneOffset: -60, visible: true, automationGlobals: true, workerMismatch: false, language: 'de-AT', platform: 'Linux', mobile: true,
  timeZone: 'Europe/Vienna', core: '0123456789abcdef',
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

it('hands on what the memories, the tokens and the network data said', () =>
  expect(gather({
    ...bare, proof: 'wrong', stepUp: true, gestureSeen: true, headers: { secFetchMode: 'cors' }, arrivals: { gaps: 9, variation: 0.4 },
    network: { asn: 3320, country: 'DE', hosting: false }, userSequence: 4, cohort: 17, rates: { ...bare.rates, prefix: rate(7) },
  }, NOW)).toMatchObject({
    proof: known('wrong'), stepUp: known(true), gestureSeen: known(true), headers: known({ secFetchMode: 'cors' }),
    arrivals: known({ gaps: 9, variation: 0.4 }), country: known('DE'), hosting: known(false), userSequence: known(4),
    cohort: known(17), prefixRate: known({ count: 7, limit: 10, windowMs: 60_000 }),
  }))

it('measures waiting and ages by the server’s clock, and takes what lies in the future for just now', () => {
  const times = { sessionIssuedAt: NOW - 700, leastDwellMs: 500, accountSince: NOW - 60_000, userTokenIssuedAt: NOW - 9000 }
  expect(gather({ ...bare, ...times }, NOW)).toMatchObject({
    dwell: known({ waitedMs: 700, leastMs: 500 }), accountAgeMs: known(60_000), userTokenAgeMs: known(9000),
  })
  const ahead = { sessionIssuedAt: NOW + 1, leastDwellMs: 500, accountSince: NOW + 3_600_000, userTokenIssuedAt: NOW + 3_600_000 }
  expect(gather({ ...bare, ...ahead }, NOW)).toMatchObject({
    dwell: known({ waitedMs: 0, leastMs: 500 }), accountAgeMs: known(0), userTokenAgeMs: known(0),
  })
})

it('has no dwell to judge where the challenge asks for none, or the session has no time', () => {
  expect(gather({ ...bare, sessionIssuedAt: NOW - 700 }, NOW).dwell).toEqual(absent)
  expect(gather({ ...bare, leastDwellMs: 500 }, NOW).dwell).toEqual(absent)
})

it.each([Number.NaN, Infinity, -Infinity])('makes no fact of %f', (odd) => {
  const evidence = gather({
    ...bare, deviceSince: odd, sessionIssuedAt: odd, leastDwellMs: 500, accountSince: odd, userTokenIssuedAt: odd, userSequence: odd,
    arrivals: { gaps: 9, variation: odd }, signals: { dwellMs: odd, pressMs: odd, moves: odd, straightness: odd, timezoneOffset: odd },
  }, NOW)
  const told = Object.entries(evidence).filter(([, fact]) => fact.state !== 'absent').map(([name]) => name)
  expect(told.toSorted()).toEqual(['itemRate', 'tier', 'voterRate'])
})

it('makes no fact of a figure below zero, but for time zones', () =>
  expect(gather({ ...bare, signals: { dwellMs: -1, pressMs: -0.1, pressure: -1, keys: -3, timezoneOffset: -840 } }, NOW)).toMatchObject({
    dwellMs: absent, pressMs: absent, pressure: absent, keys: absent, timezoneOffset: known(-840),
  }))

const sent = (given: Partial<Gathered>) => gather({ ...bare, ...given }, NOW).signalsSent

it('says whether signals came only where they were to come, and takes an empty object for none', () => {
  expect(sent({ signals: { trusted: true } })).toEqual(absent)
  expect(sent({ signalsExpected: true, signals: undefined })).toEqual(known(false))
  expect(sent({ signalsExpected: true, signals: {} })).toEqual(known(false))
  expect(sent({ signalsExpected: true, signals: { dwellMs: 100, visible: true } })).toEqual(known(false))
  expect(sent({ signalsExpected: true, signals: { input: 'assistive' } })).toEqual(known(true))
  expect(sent({ signalsExpected: true, signals: { trusted: false } })).toEqual(known(true))
  expect(sent({ signalsExpected: true, signals: { webdriver: true } })).toEqual(known(true))
})

it('tells network data that could not be asked from an address it knows nothing of', () => {
  expect(gather({ ...bare, network: {} }, NOW)).toMatchObject({ country: absent, hosting: absent })
  expect(gather({ ...bare, network: { error: 'no file' } }, NOW)).toMatchObject({
    country: failed('no file'), hosting: failed('no file'),
  })
  expect(gather({ ...bare, network: { country: 'DE', error: 'no file' } }, NOW)).toMatchObject({ country: known('DE'), hosting: failed('no file') })
})

it('shortens what a sender could make as long as a request may be', () => {
  const long = 'x'.repeat(16_000)
  expect(gather({ ...bare, userAgent: long }, NOW).userAgent).toEqual(known('x'.repeat(500)))
})

describe('clientHeaders', () => {
  it('takes the headers a browser sets, and leaves the others', () =>
    expect(clientHeaders({
      'sec-ch-ua': '"Chromium";v="156"', 'sec-ch-ua-mobile': '?0', 'sec-ch-ua-platform': '"Linux"', 'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'accept-encoding': 'br', 'accept-language': 'de', cookie: 'secret',
    })).toEqual({
      secChUa: '"Chromium";v="156"', secChUaMobile: '?0', secChUaPlatform: '"Linux"', secFetchSite: 'cross-site', secFetchMode: 'cors',
      acceptEncoding: 'br', acceptLanguage: 'de',
    }))

  it('takes the first of a repeated one, an empty one for absent, and none further than 300 characters', () => {
    const { secChUa, acceptEncoding, acceptLanguage } = clientHeaders({
      'sec-ch-ua': ['first', 'second'], 'accept-encoding': '', 'accept-language': 'x'.repeat(9000),
    })
    expect(secChUa).toBe('first')
    expect(acceptEncoding).toBeUndefined()
    expect(acceptLanguage).toHaveLength(300)
  })
})
