/**
 * What a widget would have observed, drawn from distributions. People: the ranges of scripted X11 input and of ordinary
 * use. Machines: what each kind of automation was measured to show.
 */
import type { Signals } from '../../../server/contract/signals.ts'
import type { Random } from './random.ts'

export type Hand = 'mouse' | 'trackpad' | 'touch' | 'keyboard' | 'assistive' | 'coarse-clock'

const round = (value: number, digits = 1): number => Number(value.toFixed(digits))
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** @param dwellMs how long the page has been open, which the actor has really waited */
export function humanSignals(random: Random, hand: Hand, dwellMs: number): Signals {
  const everyone = {
    webdriver: false, trusted: true, visible: true, dwellMs: round(dwellMs),
    firstInputMs: round(clamp(random.logNormal(1800, 0.6), 250, dwellMs)),
    scrolls: random.below(14), languages: 1 + random.below(3), timezoneOffset: random.pick([-120, -60, -60, 0, 240, 300, 420]),
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
  // Fingerprinting protection rounds clocks to 100 ms and says UTC.
  if (hand === 'coarse-clock') {
    return { ...mouse, pressMs: random.chance(0.5) ? 100 : 0, hoverMs: 100 * (1 + random.below(9)), timezoneOffset: 0, languages: 1 }
  }
  return mouse
}

export type Machine = 'el.click' | 'playwright' | 'stealth' | 'human-path'

export function machineSignals(random: Random, machine: Machine, dwellMs: number): Signals {
  const page = { visible: true, dwellMs: round(dwellMs), scrolls: 0, languages: 1, timezoneOffset: 0, keys: 0 }
  switch (machine) {
    // No pointer was ever pressed: the widget calls that assistive, and only isTrusted tells.
    case 'el.click': return { ...page, webdriver: false, trusted: false, input: 'assistive' }
    case 'playwright': return {
      ...page, webdriver: true, trusted: true, input: 'mouse', pressure: 0.5, moves: 1, coalescedMoves: 1, hoverMs: round(random.between(0.2, 0.6)),
      pressMs: round(random.between(0, 6)), offCentre: 0, straightness: 1, firstInputMs: round(random.between(120, 700)),
    }
    // Puppeteer with its stealth plugin and a cursor that draws curves.
    case 'stealth': return { ...humanSignals(random, 'mouse', dwellMs), pressure: 0, scrolls: 0 }
    case 'human-path': return humanSignals(random, 'mouse', dwellMs)
  }
}
