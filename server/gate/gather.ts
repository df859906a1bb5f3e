/** Facts for the judge, from what the request says and what the windows counted. No opinions, no I/O. */
import type { Signals } from '../contract/signals.ts'
import { type Evidence, type Rate, absent, factOf, known } from './evidence.ts'
import type { WindowLimit } from './policies/policy.ts'
import type { TierCode } from './settle.ts'

export interface Gathered {
  tier: TierCode
  signals: Signals | undefined
  userAgent: string | undefined
  acceptLanguage: string | undefined
  /** undefined: there was no fingerprint to compare. */
  fingerprintChanged: boolean | undefined
  deviceSince: number
  /** The network’s is counted before the request is known to be a vote, hence apart. */
  rates: { voter: Rate; network: Rate | undefined; item: Rate }
}

export const rateOf = (count: number, { limit, windowMs }: WindowLimit): Rate => ({ count, limit, windowMs })

export function gather(given: Gathered, now: number): Evidence {
  const signals = given.signals ?? {}
  return {
    webdriver: factOf(signals.webdriver),
    trusted: factOf(signals.trusted),
    input: factOf(signals.input),
    dwellMs: factOf(signals.dwellMs),
    firstInputMs: factOf(signals.firstInputMs),
    pressMs: factOf(signals.pressMs),
    hoverMs: factOf(signals.hoverMs),
    pressure: factOf(signals.pressure),
    moves: factOf(signals.moves),
    coalescedMoves: factOf(signals.coalescedMoves),
    straightness: factOf(signals.straightness),
    pathHash: factOf(signals.pathHash),
    offCentre: factOf(signals.offCentre),
    keys: factOf(signals.keys),
    scrolls: factOf(signals.scrolls),
    languages: factOf(signals.languages),
    timezoneOffset: factOf(signals.timezoneOffset),
    visible: factOf(signals.visible),
    tier: known(given.tier === 'v' ? 'verified' : 'device'),
    userAgent: given.userAgent === undefined || given.userAgent === '' ? absent : known(given.userAgent),
    acceptLanguage: factOf(given.acceptLanguage),
    fingerprintChanged: factOf(given.fingerprintChanged),
    deviceAgeMs: known(Math.max(0, now - given.deviceSince)),
    voterRate: known(given.rates.voter),
    networkRate: factOf(given.rates.network),
    itemRate: known(given.rates.item),
  }
}
