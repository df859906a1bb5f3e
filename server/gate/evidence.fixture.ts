/**
 * Whole pieces of evidence for tests, one for each kind of client, with the headers that kind sends. Mouse and drivers
 * carry pointer figures measured on Chromium. Touch, pen, keyboard and assistive input carry the worst a detector could
 * read into them, not averages. The table of all of them, people and machines, is judged in judge.test.ts.
 * More lines than other files because it is a table, and each row of it builds on another.
 */
import { absent, type ClientHeaders, type Evidence, known, type Rate } from './evidence.ts'
import { defaultPolicy } from './policies/default.ts'

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'
export const CHROME = `Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/156.0.0.0 Safari/537.36`
export const CHROME_WINDOWS = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/156.0.0.0 Safari/537.36`
export const EDGE = `${CHROME_WINDOWS} Edg/156.0.0.0`
export const PIXEL = `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/156.0.0.0 Mobile Safari/537.36`
export const SAMSUNG = `Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`
export const WEBVIEW =
  `Mozilla/5.0 (Linux; Android 16; Pixel 9 Build/BP2A; wv) ${WEBKIT} Version/4.0 Chrome/156.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/520.0.0.0;]`
export const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
export const SAFARI = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15'
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
  automationGlobals: absent,
  workerMismatch: absent,
  language: absent,
  platform: absent,
  mobile: absent,
  timeZone: absent,
  core: absent,
  proof: absent,
  stepUp: absent,
  demandedStepUp: absent,
  dwell: absent,
  signalsSent: absent,
  gestureSeen: absent,
  headers: absent,
  country: absent,
  hosting: absent,
  arrivals: absent,
  prefixRate: absent,
  accountAgeMs: absent,
  userTokenAgeMs: absent,
  userSequence: absent,
  cohort: absent,
  tier: absent,
  userAgent: absent,
  fingerprintChanged: absent,
  deviceAgeMs: absent,
  voterRate: absent,
  networkRate: absent,
  itemRate: absent,
}

/** A rate that is this share of the default policy’s limit. */
export function rateAt(window: 'voter' | 'network' | 'prefix' | 'item', share: number): Rate {
  const { limit, windowMs } = defaultPolicy.windows[window]
  return { count: limit * share, limit, windowMs }
}

/** What a browser adds to a request from a widget on another origin, over https. */
const fetched: ClientHeaders = {
  secFetchSite: 'cross-site', secFetchMode: 'cors', acceptEncoding: 'gzip, deflate, br, zstd', acceptLanguage: 'en-GB,en;q=0.9',
}
const brands = (name: string, version: number, chromium = 156): string =>
  `"${name}";v="${version}", "Not)A;Brand";v="24", "Chromium";v="${chromium}"`
const hinted = (secChUa: string, platform: string, mobile = false): ClientHeaders => ({
  ...fetched, secChUa, secChUaMobile: mobile ? '?1' : '?0', secChUaPlatform: `"${platform}"`,
})

/** A browser somebody has had open for a while, before any input: Chrome on Linux, in Berlin, at home. */
const browser: Evidence = {
  ...nothing,
  webdriver: known(false),
  trusted: known(true),
  dwellMs: known(9400),
  firstInputMs: known(2100),
  scrolls: known(3),
  languages: known(2),
  language: known('en-GB'),
  platform: known('Linux'),
  mobile: known(false),
  timezoneOffset: known(-60),
  timeZone: known('Europe/Berlin'),
  country: known('DE'),
  hosting: known(false),
  visible: known(true),
  automationGlobals: known(false),
  workerMismatch: known(false),
  proof: known('solved'),
  dwell: known({ waitedMs: 9800, leastMs: 500 }),
  signalsSent: known(true),
  gestureSeen: known(false),
  tier: known('device'),
  userAgent: known(CHROME),
  headers: known(hinted(brands('Google Chrome', 156), 'Linux')),
  fingerprintChanged: known(false),
  deviceAgeMs: known(86_400_000),
  voterRate: known({ ...rateAt('voter', 0), count: 1 }),
  networkRate: known({ ...rateAt('network', 0), count: 4 }),
  itemRate: known({ ...rateAt('item', 0), count: 9 }),
  arrivals: known({ gaps: 12, variation: 0.9 }),
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

/** A thumb: no hover, hardly a move, and a screen that reports no pressure. Safari tells neither hints nor its brand. */
export const humanTouch: Evidence = {
  ...browser,
  userAgent: known(IPHONE),
  headers: known({ ...fetched, acceptEncoding: 'gzip, deflate, br' }),
  platform: known('iPhone'),
  mobile: absent,
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
  gestureSeen: absent,
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

/** People by how they vote; every fact a browser has is known. */
export const humans = { humanMouse, humanTouch, humanPen, humanKeyboard, humanAssistive }

/** A person in Chrome on Windows, who speaks German, and in what is built like it. */
const chromeWindows: Evidence = {
  ...humanMouse,
  userAgent: known(CHROME_WINDOWS),
  headers: known({ ...hinted(brands('Google Chrome', 156), 'Windows'), acceptLanguage: 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7' }),
  platform: known('Windows'),
  language: known('de-DE'),
  languages: known(4),
}
const edge: Evidence = {
  ...chromeWindows, userAgent: known(EDGE), headers: known({ ...hinted(brands('Microsoft Edge', 156), 'Windows'), acceptLanguage: 'de,en;q=0.9' }),
}
/** Brave tells sites one language and no more, and shows a random fingerprint instead of none. */
const brave: Evidence = {
  ...chromeWindows, headers: known({ ...hinted(brands('Brave', 156), 'Windows'), acceptLanguage: 'de-DE,de;q=0.6' }), languages: known(1),
}
const chromeAndroid: Evidence = {
  ...humanTouch,
  userAgent: known(PIXEL),
  headers: known(hinted(brands('Google Chrome', 156), 'Android', true)),
  platform: known('Android'),
  mobile: known(true),
}
const samsung: Evidence = {
  ...chromeAndroid, userAgent: known(SAMSUNG), headers: known(hinted(brands('Samsung Internet', 28, 130), 'Android', true)),
}
/** “Desktop site” on a phone: claims Linux, and a thumb all the same. */
const desktopSite: Evidence = {
  ...chromeAndroid, userAgent: known(CHROME), headers: known(hinted(brands('Google Chrome', 156), 'Linux')),
  platform: known('Linux armv81'), mobile: known(false),
}
const webView: Evidence = {
  ...chromeAndroid, userAgent: known(WEBVIEW), headers: known(hinted(brands('Android WebView', 156), 'Android', true)),
}
/** Before WebViews had client hints; navigator.platform is the kernel’s. */
const oldWebView: Evidence = {
  ...chromeAndroid,
  userAgent: known(WEBVIEW.replace('Chrome/156', 'Chrome/101')),
  headers: known({ acceptEncoding: 'gzip, deflate', acceptLanguage: 'en-GB,en-US;q=0.9' }),
  platform: known('Linux armv8l'), mobile: absent, languages: known(1),
}
const safariMac: Evidence = {
  ...humanMouse,
  userAgent: known(SAFARI),
  headers: known({ ...fetched, acceptEncoding: 'gzip, deflate, br' }),
  platform: known('MacIntel'), mobile: absent, pressure: known(0), languages: known(1),
}
/** Private windows keep no device and take no fingerprint. */
const safariPrivate: Evidence = { ...safariMac, fingerprintChanged: absent, core: absent, deviceAgeMs: known(9800) }
const firefoxWindows: Evidence = {
  ...humanMouse,
  userAgent: known(FIREFOX),
  headers: known({ ...fetched, acceptLanguage: 'de,en-US;q=0.7,en;q=0.3' }),
  platform: known('Win32'), mobile: absent, pressure: known(0), language: known('de'), languages: known(3),
}
/** resistFingerprinting: everybody is in the same place, speaks English, and claims Windows where a header is read. */
const firefoxResisting: Evidence = {
  ...firefoxWindows,
  headers: known({ ...fetched, acceptLanguage: 'en-US,en;q=0.5' }),
  platform: known('Linux x86_64'), language: known('en-US'), languages: known(2),
  timezoneOffset: known(0), timeZone: known('Atlantic/Reykjavik'), country: known('NZ'),
  fingerprintChanged: absent, workerMismatch: absent, pressMs: known(100), dwellMs: known(9400), hoverMs: known(400),
}
/** No consent, so no fingerprint; no worker allowed; plain http, so no hints. */
const bareIntranet: Evidence = {
  ...firefoxWindows, headers: known({ acceptEncoding: 'gzip, deflate', acceptLanguage: 'de,en-US;q=0.7' }),
  fingerprintChanged: absent, workerMismatch: absent,
}
/** An office of two hundred behind one address, on the busiest minute it ever had. */
const office: Evidence = { ...chromeWindows, networkRate: known(rateAt('network', 0.5)), itemRate: known(rateAt('item', 0.5)) }
const retrying: Evidence = { ...humanMouse, voterRate: known({ ...rateAt('voter', 0), count: 8 }) }
const atNight: Evidence = { ...humanMouse, tier: known('verified'), userTokenAgeMs: known(3_000_000), userSequence: known(2) }
/** On holiday with the laptop’s clock still at home: every fact is right, and odd. */
const traveller: Evidence = { ...humanMouse, country: known('TH') }
/** Exit in a data centre of a country five hours away. */
const vpnAbroad: Evidence = { ...chromeWindows, country: known('US'), hosting: known(true) }

/** People by what they vote with. */
export const browsers = {
  chromeWindows, edge, brave, chromeAndroid, samsung, desktopSite, webView, oldWebView, safariMac, safariIphone: humanTouch, safariPrivate,
  firefoxWindows, firefoxResisting, bareIntranet, office, retrying, atNight,
}
/** People who are where few people are: a little is found, and nothing follows from it. */
export const abroad = { traveller, vpnAbroad }

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

/** The browser that calls itself headless in both headers. */
export const headlessChrome: Evidence = {
  ...playwright,
  userAgent: known(CHROME.replace('Chrome/', 'HeadlessChrome/')),
  headers: known(hinted(brands('HeadlessChrome', 156), 'Linux')),
}

/** Puppeteer with the stealth plugin: webdriver is hidden; the missing pressure and the worker are not. */
export const puppeteerStealth: Evidence = {
  ...playwright, webdriver: known(false), pressMs: known(0), pressure: known(0), workerMismatch: known(true),
}

/** Selenium “undetected”: hides webdriver, leaves its globals. */
export const seleniumUndetected: Evidence = {
  ...playwright, webdriver: known(false), pressMs: known(0.2), pressure: known(0), automationGlobals: known(true),
}

/** patchright’s click(): no driver’s trace but how it clicks. */
export const patchrightClick: Evidence = { ...playwright, webdriver: known(false), pressMs: known(1) }

/** patchright moving the pointer as a person does. Nothing in one request tells; only the cohort does. */
export const patchrightPath: Evidence = { ...humanMouse, pressMs: known(84), moves: known(28), coalescedMoves: known(28) }

/** A new profile for each vote, with the User-Agent rewritten in pages only. */
export const rotator: Evidence = { ...patchrightClick, workerMismatch: known(true), fingerprintChanged: known(true), pressMs: known(4) }

/** el.click() in a page that is otherwise a person’s. */
export const syntheticClick: Evidence = { ...humanAssistive, trusted: known(false) }

/** curl: a header that says so, no signals and no proof. */
export const curl: Evidence = {
  ...nothing, tier: known('device'), userAgent: known('curl/8.14.1'), headers: known({}), signalsSent: known(false), proof: known('missing'),
}
export const pythonRequests: Evidence = {
  ...curl, userAgent: known('python-requests/2.32.4'), headers: known({ acceptEncoding: 'gzip, deflate' }),
}

/** A native client with a person’s signals and a proof of its own, whose hints are those of another version. */
export const forgedChrome: Evidence = { ...humanMouse, headers: known(hinted(brands('Google Chrome', 131, 131), 'Linux')) }

/** A person’s whole vote, sent again by a client that has the headers right. */
export const replay: Evidence = { ...humanMouse, gestureSeen: known(true) }

/** A native client that farms proofs and makes no signals up. */
export const silentFarm: Evidence = {
  ...nothing, tier: known('device'), userAgent: known(CHROME), headers: browser.headers,
  signalsSent: known(false), proof: known('solved'), dwell: known({ waitedMs: 700, leastMs: 500 }),
}

/** What single requests give away. */
export const automation = {
  playwright, headlessChrome, puppeteerStealth, seleniumUndetected, rotator, syntheticClick, curl, pythonRequests, forgedChrome, replay, silentFarm,
}
