/**
 * Whole pieces of evidence for tests, one for each kind of client. Mouse and drivers carry pointer figures measured on
 * Chromium. Touch, pen, keyboard and assistive input carry the worst a detector could read into them, not averages.
 */
import { absent, type Evidence, known, type Rate } from './evidence.ts'
import { defaultPolicy } from './policies/default.ts'

export const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
export const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
export const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

/** The client said nothing at all. */
export const nothing: Evidence = {
  webdriver: absent,
  trusted: absent,
  input: absent,
  dwellMs: absent,
  firstInputMs: absent,
  pressMs: absent,
  hoverMs: absent,
  pressure: absent,
  moves: absent,
  coalescedMoves: absent,
  straightness: absent,
  pathHash: absent,
  offCentre: absent,
  keys: absent,
  scrolls: absent,
  languages: absent,
  timezoneOffset: absent,
  visible: absent,
  tier: absent,
  userAgent: absent,
  acceptLanguage: absent,
  fingerprintChanged: absent,
  deviceAgeMs: absent,
  voterRate: absent,
  networkRate: absent,
  itemRate: absent,
}

/** A rate that is this share of the default policy’s limit. */
export function rateAt(window: 'voter' | 'network' | 'item', share: number): Rate {
  const { limit, windowMs } = defaultPolicy.windows[window]
  return { count: limit * share, limit, windowMs }
}

/** A browser somebody has had open for a while, before any input. */
const browser: Evidence = {
  ...nothing,
  webdriver: known(false),
  trusted: known(true),
  dwellMs: known(9400),
  firstInputMs: known(2100),
  scrolls: known(3),
  languages: known(2),
  timezoneOffset: known(-60),
  visible: known(true),
  tier: known('device'),
  userAgent: known(CHROME),
  acceptLanguage: known('en-GB,en;q=0.9'),
  fingerprintChanged: known(false),
  deviceAgeMs: known(86_400_000),
  voterRate: known({ ...rateAt('voter', 0), count: 1 }),
  networkRate: known({ ...rateAt('network', 0), count: 4 }),
  itemRate: known({ ...rateAt('item', 0), count: 9 }),
}

/** Scripted X11 input is the closest to a hand that was measured, and may not be flagged any more than a hand. */
export const humanMouse: Evidence = {
  ...browser,
  input: known('mouse'),
  pressMs: known(96),
  hoverMs: known(420),
  pressure: known(0.5),
  moves: known(86),
  coalescedMoves: known(151),
  straightness: known(0.91),
  pathHash: known('5f0c1b7e2d9a4c36'),
  offCentre: known(0.31),
}

/** A thumb: no hover, hardly a move, and a screen that reports no pressure. */
export const humanTouch: Evidence = {
  ...browser,
  userAgent: known(IPHONE),
  input: known('touch'),
  pressMs: known(8),
  hoverMs: known(0),
  pressure: known(0),
  moves: known(0),
  coalescedMoves: known(0),
  offCentre: known(0.01),
}

/** A stylus drawn in along its ruler: straight, on the centre, lifted at once. */
export const humanPen: Evidence = {
  ...browser,
  input: known('pen'),
  pressMs: known(9),
  hoverMs: known(0),
  pressure: known(0),
  moves: known(20),
  straightness: known(1),
  offCentre: known(0),
}

/** Tab and Enter; the click the browser makes of it sits in the middle of the button and lasts no time. */
export const humanKeyboard: Evidence = {
  ...browser,
  input: known('keyboard'),
  pressMs: known(0),
  hoverMs: known(0),
  pressure: known(0),
  moves: known(0),
  coalescedMoves: known(0),
  offCentre: known(0),
  keys: known(7),
}

/** A screen reader or voice control pressing the button: a click without pointer or key before it. */
export const humanAssistive: Evidence = { ...humanKeyboard, input: known('assistive'), keys: known(0), scrolls: known(0) }

export const humans = { humanMouse, humanTouch, humanPen, humanKeyboard, humanAssistive }

/** Playwright as shipped, headed: owns up to webdriver, and clicks the centre after a single move. */
export const playwright: Evidence = {
  ...browser,
  webdriver: known(true),
  dwellMs: known(900),
  firstInputMs: known(300),
  input: known('mouse'),
  pressMs: known(0.1),
  hoverMs: known(0.3),
  pressure: known(0.5),
  moves: known(1),
  coalescedMoves: known(1),
  straightness: known(1),
  offCentre: known(0),
  scrolls: known(0),
}

/** Puppeteer with the stealth plugin: webdriver is hidden, the missing pressure is not. */
export const puppeteerStealth: Evidence = { ...playwright, webdriver: known(false), pressMs: known(0), pressure: known(0) }

/** el.click() in a page that is otherwise a person’s. */
export const syntheticClick: Evidence = { ...humanAssistive, trusted: known(false) }

/** curl: a header that says so, and no signals. */
export const curl: Evidence = { ...nothing, tier: known('device'), userAgent: known('curl/8.14.1') }

export const automation = { playwright, puppeteerStealth, syntheticClick, curl }
