/** Playwright, from as it is shipped to as discreet as one flag makes it. */
import { chromium } from 'playwright'
import { type ClientKind, type Visit, between, wait } from '../client.ts'
import { pressByHand } from '../hand.ts'
import { type Manner, type Page, startDriven } from './driven.ts'
import { viewOf } from './view.ts'

/** Takes navigator.webdriver away. */
const UNFLAGGED = ['--disable-blink-features=AutomationControlled']

const kind = (name: string, about: string, manner: Manner): ClientKind => ({
  name, about, start: (display) => startDriven(chromium, manner, display),
})

export const playwrightClick = kind('playwright', 'Playwright as shipped: locator.click()', {
  discreet: false,
  vote: (_page, control) => control.click(),
})

export const playwrightSynthetic = kind('playwright-synthetic', 'Playwright, element.click() in the page', {
  discreet: false,
  async vote(_page, control) {
    await control.waitFor()
    await control.evaluate((element) => element.click())
  },
})

export const playwrightKeyboard = kind('playwright-keyboard', 'Playwright without navigator.webdriver, Tab and Enter only', {
  discreet: true,
  args: UNFLAGGED,
  async vote(page, control) {
    await control.waitFor()
    await wait(between(1200, 2000))
    for (let press = 0; press < 60 && !(await isFocused(page)); press += 1) {
      await page.keyboard.press('Tab', { delay: between(40, 90) })
      await wait(between(80, 200))
    }
    await page.keyboard.press('Enter', { delay: between(60, 110) })
  },
})

export const fingerprintRotator = kind('fingerprint-rotator', 'a script per visit: other User-Agent, platform, cores, canvas; a hand’s path', {
  discreet: true,
  args: UNFLAGGED,
  prepare: (page, { number }) => page.addInitScript(disguise(number)),
  async vote(page, control) {
    await pressByHand(page.mouse, await viewOf(page, control))
  },
})

/** Whether the focus is on a control of the board that votes. */
const isFocused = async (page: Page): Promise<boolean> =>
  (await page.evaluate(`document.activeElement?.shadowRoot?.activeElement?.matches('button[aria-pressed]') ?? false`)) === true

const SYSTEMS = [
  ['Windows NT 10.0; Win64; x64', 'Win32'], ['Macintosh; Intel Mac OS X 10_15_7', 'MacIntel'], ['X11; Linux x86_64', 'Linux x86_64'],
] as const

/** What such a tool puts in front of every page: a machine that nobody has seen before. */
function disguise(number: Visit['number']): string {
  const [system, platform] = SYSTEMS[number % SYSTEMS.length] ?? SYSTEMS[0]
  const userAgent = `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${150 - (number % 9)}.0.0.0 Safari/537.36`
  const facts = { userAgent, appVersion: userAgent.slice('Mozilla/'.length), platform, hardwareConcurrency: 4 + 2 * (number % 7) }
  return `{
    for (const [name, said] of Object.entries(${JSON.stringify(facts)})) Object.defineProperty(Navigator.prototype, name, { get: () => said })
    const { toDataURL } = HTMLCanvasElement.prototype
    HTMLCanvasElement.prototype.toDataURL = function (...args) {
      const context = this.getContext('2d')
      if (context) {
        context.fillStyle = 'rgb(${number % 256} ${(number * 37) % 256} 99 / 4%)'
        context.fillRect(${number % 11}, 1, 3, 3)
      }
      return toDataURL.apply(this, args)
    }
  }`
}
