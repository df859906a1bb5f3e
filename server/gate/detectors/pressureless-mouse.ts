import type { Detector } from '../detector.ts'

/** Chrome, Edge, Opera, Android WebView. Chrome for iOS says CriOS and is WebKit, hence not meant. */
const CHROMIUM = /chrom(?:e|ium)\/\d/i

/**
 * A mouse button is down and its pressure is 0, where Chromium reports 0.5 for a hand: input injected below the mouse.
 * Other engines differ on pressure, touch and pen have pressures of their own, keys have none: none of them is judged.
 * Measured: 0 with Puppeteer (plain, stealth, ghost-cursor) and Selenium “undetected”; 0.5 with X11 input and Playwright.
 */
export const pressurelessMouse: Detector = {
  name: 'pressureless-mouse',
  group: 'behaviour',
  detect({ input, pressure, userAgent }) {
    if (input.state !== 'known') return { missing: 'input' }
    if (input.value !== 'mouse') return { value: 0 }
    if (userAgent.state !== 'known') return { missing: 'userAgent' }
    if (!CHROMIUM.test(userAgent.value)) return { value: 0 }
    if (pressure.state !== 'known') return { missing: 'pressure' }
    return { value: pressure.value === 0 ? 1 : 0 }
  },
}
