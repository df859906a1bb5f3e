/** Facts for the judge, from what the request says and what the memories counted. No opinions, no I/O. */
import type { Signals } from '../contract/signals.ts'
import { type ClientHeaders, type Evidence, type Fact, type Proof, type Rate, absent, factOf, failed, known } from './evidence.ts'
import type { WindowLimit } from './policies/policy.ts'
import type { TierCode } from './settle.ts'

/** Where an address is; empty where nothing is known of it. `error` where the data could not be asked. */
export interface NetworkFacts {
  asn?: number | undefined
  /** ISO 3166-1 alpha-2. */
  country?: string | undefined
  hosting?: boolean | undefined
  error?: string | undefined
}

/** By lower-case name, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

/** undefined everywhere: not said, or not asked for. Times are milliseconds since the epoch. */
export interface Gathered {
  tier: TierCode
  signals: Signals | undefined
  /** Whether this kind of request comes with signals: a vote does. */
  signalsExpected?: boolean | undefined
  userAgent: string | undefined
  headers?: ClientHeaders | undefined
  /** undefined: there was no fingerprint to compare. */
  fingerprintChanged: boolean | undefined
  /** undefined: there was too little of a gesture to compare. */
  gestureSeen?: boolean | undefined
  deviceSince: number
  proof?: Proof | undefined
  stepUp?: boolean | undefined
  demandedStepUp?: boolean | undefined
  sessionIssuedAt?: number | undefined
  /** Of the session’s challenge. */
  leastDwellMs?: number | undefined
  network?: NetworkFacts | undefined
  arrivals?: { gaps: number; variation: number } | undefined
  accountSince?: number | undefined
  userTokenIssuedAt?: number | undefined
  userSequence?: number | undefined
  cohort?: number | undefined
  /** The network’s is counted before the request is known to be a vote, hence apart. */
  rates: { voter: Rate | undefined; network: Rate | undefined; item: Rate | undefined; prefix?: Rate | undefined }
}

export const rateOf = (count: number, { limit, windowMs }: WindowLimit): Rate => ({ count, limit, windowMs })

export function gather(given: Gathered, now: number): Evidence {
  const signals = given.signals ?? {}
  const network = given.network ?? {}
  return {
    webdriver: factOf(signals.webdriver),
    trusted: factOf(signals.trusted),
    input: factOf(signals.input),
    dwellMs: figureOf(signals.dwellMs),
    firstInputMs: figureOf(signals.firstInputMs),
    pressMs: figureOf(signals.pressMs),
    hoverMs: figureOf(signals.hoverMs),
    pressure: figureOf(signals.pressure),
    moves: figureOf(signals.moves),
    coalescedMoves: figureOf(signals.coalescedMoves),
    straightness: figureOf(signals.straightness),
    pathHash: factOf(signals.pathHash),
    offCentre: figureOf(signals.offCentre),
    keys: figureOf(signals.keys),
    scrolls: figureOf(signals.scrolls),
    languages: figureOf(signals.languages),
    timezoneOffset: Number.isFinite(signals.timezoneOffset) ? factOf(signals.timezoneOffset) : absent,
    visible: factOf(signals.visible),
    automationGlobals: factOf(signals.automationGlobals),
    workerMismatch: factOf(signals.workerMismatch),
    language: factOf(signals.language),
    platform: factOf(signals.platform),
    mobile: factOf(signals.mobile),
    timeZone: factOf(signals.timeZone),
    core: factOf(signals.core),
    proof: factOf(given.proof),
    stepUp: factOf(given.stepUp),
    demandedStepUp: factOf(given.demandedStepUp),
    dwell: dwellOf(given, now),
    signalsSent: given.signalsExpected === true ? known(tellHow(signals)) : absent,
    gestureSeen: factOf(given.gestureSeen),
    headers: factOf(given.headers),
    country: networkFact(network, network.country),
    hosting: networkFact(network, network.hosting),
    arrivals: given.arrivals !== undefined && Number.isFinite(given.arrivals.variation) ? known(given.arrivals) : absent,
    tier: known(given.tier === 'v' ? 'verified' : 'device'),
    userAgent: textOf(given.userAgent),
    fingerprintChanged: factOf(given.fingerprintChanged),
    deviceAgeMs: ageOf(given.deviceSince, now),
    accountAgeMs: ageOf(given.accountSince, now),
    userTokenAgeMs: ageOf(given.userTokenIssuedAt, now),
    userSequence: figureOf(given.userSequence),
    cohort: factOf(given.cohort),
    voterRate: factOf(given.rates.voter),
    networkRate: factOf(given.rates.network),
    prefixRate: factOf(given.rates.prefix),
    itemRate: factOf(given.rates.item),
  }
}

/** Real ones end before 500; what comes after is the sender’s to inflate. */
const LONGEST_USER_AGENT = 500
const LONGEST_HEADER = 300

/** Never longer than a browser’s, so that nothing downstream has to care. An empty header says nothing. */
export function clientHeaders(headers: RequestHeaders): ClientHeaders {
  return {
    secChUa: headerOf(headers['sec-ch-ua']),
    secChUaMobile: headerOf(headers['sec-ch-ua-mobile']),
    secChUaPlatform: headerOf(headers['sec-ch-ua-platform']),
    secFetchSite: headerOf(headers['sec-fetch-site']),
    secFetchMode: headerOf(headers['sec-fetch-mode']),
    acceptEncoding: headerOf(headers['accept-encoding']),
    acceptLanguage: headerOf(headers['accept-language']),
  }
}

function headerOf(value: string | string[] | undefined): string | undefined {
  const text = typeof value === 'string' ? value : value?.[0]
  return text === undefined || text === '' ? undefined : text.slice(0, LONGEST_HEADER)
}

const textOf = (text: string | undefined): Fact<string> =>
  text === undefined || text === '' ? absent : known(text.length > LONGEST_USER_AGENT ? text.slice(0, LONGEST_USER_AGENT) : text)

/** No figure of ours is below zero or without end: such a one says nothing, whoever sent it. */
const figureOf = (value: number | undefined): Fact<number> =>
  value !== undefined && Number.isFinite(value) && value >= 0 ? known(value) : absent

/** By the server’s clock. What lies in the future was signed by a clock ahead of ours, just now. */
const ageOf = (since: number | undefined, now: number): Fact<number> =>
  since === undefined || !Number.isFinite(since) ? absent : known(Math.max(0, now - since))

function dwellOf({ sessionIssuedAt, leastDwellMs }: Gathered, now: number): Evidence['dwell'] {
  if (leastDwellMs === undefined || !Number.isFinite(leastDwellMs)) return absent
  const waited = ageOf(sessionIssuedAt, now)
  return waited.state === 'known' ? known({ waitedMs: waited.value, leastMs: leastDwellMs }) : waited
}

/**
 * Whether the signals tell how the vote was cast. Every widget knows one of these three in every browser; a body with none
 * of them, such as an empty object, said nothing.
 */
const tellHow = ({ trusted, input, webdriver }: Signals): boolean =>
  trusted !== undefined || input !== undefined || webdriver !== undefined

const networkFact = <T>({ error }: NetworkFacts, value: T | undefined): Fact<T> =>
  value === undefined && error !== undefined ? failed(error) : factOf(value)
