/**
 * What a widget would have observed, drawn from distributions. People: the ranges of scripted X11 input and of ordinary
 * use. Machines: what each kind of automation was measured to show.
 */
import type { Signals } from '../../../server/contract/signals.ts'
import type { Device } from './devices.ts'
import type { Random } from './random.ts'

export type Hand = 'mouse' | 'trackpad' | 'touch' | 'keyboard' | 'assistive' | 'coarse-clock'

const round = (value: number, digits = 1): number => Number(value.toFixed(digits))
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** What a browser says of itself, whoever sits at it. The core goes with the fingerprint or not at all. */
export function factsOf({ languages, platform, mobile, timeZone, core }: Device, now: number, sendsFingerprint: boolean): Signals {
  return {
    webdriver: false, automationGlobals: false, workerMismatch: false, languages: languages.length, platform, timeZone,
    timezoneOffset: offsetOf(timeZone, now),
    ...(languages[0] === undefined ? {} : { language: languages[0] }),
    ...(mobile === undefined ? {} : { mobile }),
    ...(core === undefined || !sendsFingerprint ? {} : { core }),
  }
}

const offsets = new Map<string, number>()
const HOUR_MS = 3_600_000

/** As Date#getTimezoneOffset: minutes from local time to UTC. */
export function offsetOf(timeZone: string, now: number): number {
  const key = `${timeZone} ${Math.floor(now / HOUR_MS)}`
  let offset = offsets.get(key)
  if (offset === undefined) {
    const name = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).format(now)
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? []
    const east = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
    offsets.set(key, (offset = east === 0 ? 0 : -east))
  }
  return offset
}

/** @param dwellMs how long the page has been open, which the actor has really waited */
export function humanSignals(random: Random, hand: Hand, dwellMs: number): Signals {
  const everyone = {
    trusted: true, visible: true, dwellMs: round(dwellMs),
    firstInputMs: round(clamp(random.logNormal(1800, 0.6), 250, Math.max(250, dwellMs))), scrolls: random.below(14),
  }
  if (hand === 'keyboard') return { ...everyone, input: 'keyboard', keys: 3 + random.below(30) }
  if (hand === 'assistive') return { ...everyone, input: 'assistive', keys: random.below(12) }
  if (hand === 'touch') {
    return {
      ...everyone, input: 'touch', pressMs: round(clamp(random.normal(88, 24), 28, 400)), pressure: random.chance(0.7) ? 1 : 0,
      offCentre: round(clamp(random.normal(0.33, 0.17), 0.03, 0.95), 3), keys: 0,
    }
  }
  const moves = Math.round(clamp(random.logNormal(62, 0.5), 6, 900))
  const mouse: Signals = {
    ...everyone, input: 'mouse', pressure: 0.5, moves, coalescedMoves: Math.round(moves * random.between(1.1, 2.6)),
    pressMs: round(clamp(random.normal(94, 19), 42, 260)), hoverMs: round(clamp(random.logNormal(360, 0.6), 32, 6000)),
    straightness: round(clamp(1 - Math.abs(random.normal(0, 0.11)), 0.35, 0.9985), 4),
    // By area one click in a thousand lands on the centre.
    offCentre: random.chance(0.001) ? 0.01 : round(clamp(Math.abs(random.normal(0.3, 0.16)), 0.022, 0.95), 3),
    pathHash: random.hex(16), keys: random.below(3),
  }
  // A tap on a trackpad is a press of a few milliseconds.
  if (hand === 'trackpad' && random.chance(0.5)) return { ...mouse, pressMs: round(random.between(2, 16)) }
  // Fingerprinting protection rounds clocks to 100 ms.
  if (hand === 'coarse-clock') return { ...mouse, pressMs: random.chance(0.5) ? 100 : 0, hoverMs: 100 * (1 + random.below(9)) }
  return mouse
}

/** The hand that goes with a device. */
export const handOf = ({ mobile, platform }: Device): Hand => (mobile === true || platform === 'iPhone' ? 'touch' : 'mouse')

export type Automation = 'el.click' | 'playwright' | 'stealth'

/** As measured of the real tools, and no mark that they do not leave. A path that follows a person’s is humanSignals. */
export function machineSignals(random: Random, machine: Automation, dwellMs: number): Signals {
  const page = { visible: true, dwellMs: round(dwellMs), scrolls: 0, keys: 0 }
  switch (machine) {
    // No pointer was ever pressed: the widget calls that assistive, and only isTrusted tells.
    case 'el.click': return { ...page, trusted: false, input: 'assistive' }
    case 'playwright': return {
      ...page, webdriver: true, trusted: true, input: 'mouse', pressure: 0.5, moves: 1, coalescedMoves: 1, hoverMs: round(random.between(0.2, 0.6)),
      pressMs: round(random.between(0, 6)), offCentre: 0, straightness: 1, firstInputMs: round(random.between(120, 700)),
    }
    // Puppeteer with its stealth plugin and a cursor that draws curves; what it overrides in the page it does not in a worker.
    case 'stealth': return { ...humanSignals(random, 'mouse', dwellMs), pressure: 0, scrolls: 0, workerMismatch: true }
  }
}
