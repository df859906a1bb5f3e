import type { Detector } from '../detector.ts'

/**
 * The browser says itself that it is driven (navigator.webdriver): Playwright and Selenium as shipped, headless or headed.
 * People, and assistive technology, never set it; a browser that does not tell is missing, not guilty.
 * Measured: set by Playwright headless and headed, not by scripted X11 input or keyboard in a browser started by hand.
 */
export const webdriver: Detector = {
  name: 'webdriver',
  group: 'automation',
  detect({ webdriver: driven }) {
    if (driven.state !== 'known') return { missing: 'webdriver' }
    return { value: driven.value ? 1 : 0 }
  },
}
