import type { Collector } from '../facts.ts'

/** What ChromeDriver, Playwright, Puppeteer, PhantomJS, Nightmare and Selenium's drivers leave behind. A wallet's `phantom` is none. */
const LEFT_BEHIND =
  /^(\$?cdc_|\$chrome_asyncScriptInfo|__(playwright|pw[_A-Z]|puppeteer|nightmare|phantomas|(fx)?driver_|selenium|webdriver|lastWatir)|_phantom|callPhantom|_?[sS]elenium|_Selenium|_WEBDRIVER|domAutomation|callSelenium|spynner_)/

/** Whether a driver's global is on the window or the document. */
export const automationGlobals: Collector<boolean> = () =>
  [window, document].some((place) => Object.getOwnPropertyNames(place).some((name) => LEFT_BEHIND.test(name)))
