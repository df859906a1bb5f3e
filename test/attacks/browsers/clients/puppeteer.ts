/** Puppeteer with puppeteer-extra’s stealth plugin, and with ghost-cursor on top. */
import type { Browser, ElementHandle, Page } from 'puppeteer-core'
import { type Client, type ClientKind, FINGERPRINT_READ, type Missing, importOptional, wait } from '../client.ts'
import { type Display, SCREEN } from '../display.ts'
import { launchOptions } from '../launch.ts'

type Vote = (page: Page, control: ElementHandle) => Promise<unknown>

/** What never comes ends it; what is slow does not. */
const TIMEOUT_MS = 60_000

export const puppeteerStealth: ClientKind = {
  name: 'puppeteer-stealth',
  about: 'Puppeteer with the stealth plugin: element.click()',
  start: (display) => startStealthy(display, (_page, control) => control.click()),
}

export const puppeteerGhost: ClientKind = {
  name: 'puppeteer-ghost',
  about: 'the same, moved by ghost-cursor',
  async start(display) {
    const module = await importOptional('ghost-cursor', () => import('ghost-cursor'))
    if ('missing' in module) return module
    return startStealthy(display, async (page, control) => {
      // Its own scrolling takes a control below the fold for one in view.
      await control.scrollIntoView()
      const cursor = module.createCursor(page)
      await cursor.click(control, { hesitate: 150, waitForClick: 90 })
    })
  },
}

async function startStealthy(display: Display | undefined, vote: Vote): Promise<Client | Missing> {
  const puppeteer = await importOptional('puppeteer-core', () => import('puppeteer-core'))
  if ('missing' in puppeteer) return puppeteer
  const extra = await importOptional('puppeteer-extra', () => import('puppeteer-extra'))
  if ('missing' in extra) return extra
  const stealth = await importOptional('puppeteer-extra-plugin-stealth', () => import('puppeteer-extra-plugin-stealth'))
  if ('missing' in stealth) return stealth

  // Its types know the Puppeteer of 2021, with a method that is gone; it calls launch and no more.
  const driver = extra.default.addExtra(puppeteer.default as unknown as Parameters<typeof extra.default.addExtra>[0])
  driver.use(stealth.default())
  const browser: Browser = await driver.launch({ ...(await launchOptions(display, false)), defaultViewport: display === undefined ? SCREEN : null })
  return {
    form: display === undefined ? 'headless' : 'headed',
    async visit({ ground, gateway, unhurried }) {
      const context = await browser.createBrowserContext({ proxyServer: gateway, proxyBypassList: ['<-loopback>'] })
      const page = await context.newPage()
      page.setDefaultTimeout(TIMEOUT_MS)
      await page.goto(ground.site)
      const control = await page.waitForSelector(`>>> button[aria-label*="${ground.item.title}"]`)
      if (control === null) throw new Error('the board has no such control')
      await wait(1200)
      if (unhurried) await page.evaluate(FINGERPRINT_READ)
      await vote(page, control)
      return () => context.close()
    },
    close: () => browser.close(),
  }
}
