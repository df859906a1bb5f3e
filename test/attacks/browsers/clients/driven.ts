/** Clients that speak Playwright’s protocol: Playwright itself, and patchright, which is it with its traces removed. */
import { type Client, FINGERPRINT_READ, type Visit } from '../client.ts'
import { type Display, SCREEN } from '../display.ts'
import type { Box, Mouse } from '../hand.ts'
import { type Launch, launchOptions } from '../launch.ts'

/** What the two drivers have in common, and no more: their versions differ, and so do their types. */
export interface Driver {
  launch(options: Launch): Promise<{
    newContext(options: { proxy: { server: string }; viewport: { width: number; height: number } | null }): Promise<{
      setDefaultTimeout(ms: number): void
      newPage(): Promise<Page>
      close(): Promise<void>
    }>
    close(): Promise<void>
  }>
}

export interface Page {
  goto(url: string): Promise<unknown>
  addInitScript(script: string): Promise<unknown>
  evaluate(expression: string, argument?: undefined, options?: undefined, isolated?: boolean): Promise<unknown>
  getByRole(role: 'button', options: { name: RegExp }): { first(): Control }
  readonly mouse: Mouse & { wheel(x: number, y: number): Promise<void> }
  readonly keyboard: { press(key: string, options: { delay: number }): Promise<void> }
}

export interface Control {
  click(): Promise<void>
  waitFor(): Promise<void>
  boundingBox(): Promise<Box | null>
  evaluate(act: (element: { click(): void }) => void): Promise<void>
}

export interface Manner {
  /** Hides that it is driven, as far as its driver can: shown on a display where there is one, and not called headless. */
  discreet: boolean
  args?: string[]
  /** Its driver evaluates in a world of its own, unless it is told not to. */
  isolates?: boolean
  /** Before the page is opened. */
  prepare?(page: Page, visit: Visit): Promise<unknown>
  vote(page: Page, control: Control): Promise<unknown>
}

/** What never comes ends it; what is slow does not. */
const TIMEOUT_MS = 60_000

/** One browser, and a profile of its own for each visit. */
export async function startDriven(driver: Driver, manner: Manner, display: Display | undefined): Promise<Client> {
  const screen = manner.discreet ? display : undefined
  const { args, ...options } = await launchOptions(screen, manner.discreet)
  const browser = await driver.launch({ ...options, args: [...args, ...(manner.args ?? [])] })
  return {
    form: screen === undefined ? 'headless' : 'headed',
    async visit(visit) {
      const context = await browser.newContext({
        proxy: { server: visit.gateway }, viewport: screen === undefined ? SCREEN : null,
      })
      context.setDefaultTimeout(TIMEOUT_MS)
      const page = await context.newPage()
      await manner.prepare?.(page, visit)
      await page.goto(visit.ground.site)
      const name = new RegExp(visit.ground.item.title)
      const control = page.getByRole('button', { name }).first()
      if (visit.unhurried) {
        await control.waitFor()
        // Playwright itself takes no fourth argument.
        await (manner.isolates === true ? page.evaluate(FINGERPRINT_READ, undefined, undefined, false) : page.evaluate(FINGERPRINT_READ))
      }
      await manner.vote(page, control)
      return () => context.close()
    },
    close: () => browser.close(),
  }
}
