import type { Detector } from '../detector.ts'

/**
 * The page carries a global that only drivers leave there (`cdc_…`, `__playwright`, `domAutomation` and the like).
 * No browser, extension or assistive technology in use sets one; a widget too old to look is missing, not guilty.
 * Measured: `cdc_` with Selenium “undetected”, whose navigator.webdriver is hidden.
 */
export const automationGlobals: Detector = {
  name: 'automation-globals',
  group: 'automation',
  detect({ automationGlobals: left }) {
    if (left.state !== 'known') return { missing: 'automationGlobals' }
    return { value: left.value ? 1 : 0 }
  },
}
