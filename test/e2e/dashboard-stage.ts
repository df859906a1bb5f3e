/** The dashboard in Chromium: the stage of every browser test, with people who can sign in, and axe-core to judge what they see. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { BrowserContextOptions, Page } from 'playwright'
import { expect } from 'vitest'
import type { Role } from '../../server/contract/primitives.ts'
import type { Stage } from './stage.ts'

export const WIDE = { width: 1280, height: 900 }
export const NARROW = { width: 360, height: 740 }
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Opens a page of the dashboard as a new person of that role, through the sign-in form. @param path under /dashboard/, such as `events?severity=high` */
export async function openDashboard(stage: Stage, path = '', { role = 'admin', ...options }: BrowserContextOptions & { role?: Role } = {}): Promise<Page> {
  const { name, password } = await stage.addOperator(role)
  const page = await stage.open(`${stage.widget}/dashboard/${path}`, options)
  await signIn(page, name, password)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return page
}

export async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  // Or it rests on whatever comes to lie there: the live feed stands still under a pointer, and a row changes its colour.
  await page.mouse.move(0, 0)
  await page.getByRole('navigation', { name: 'Main' }).waitFor({ state: 'attached' })
}

/** One line per rule of WCAG 2.2 AA (and axe’s best practices) that is broken, with the elements that break it. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, so that the content policy does not keep it out.
  await page.evaluate(`if (!window.axe) { ${axe} }`)
  return await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(
    ({ id, nodes }) => id + ': ' + nodes.slice(0, 5).map(({ target, any, all }) => target.join(' ') + ' (' + ((any[0] ?? all[0])?.message ?? '') + ')').join('; ')))`)
}

/** In light and dark, wide and narrow: nothing broken, and nothing wider than the screen. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      const where = `${page.url()}, ${colorScheme}, ${viewport.width} px`
      // The page and not its waiting for something, which is paler.
      await expect.poll(() => page.locator('.stale, .loading').count()).toBe(0)
      expect(await violations(page), `${where}: broken rules`).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), `${where}: wider than the screen by`).toBeLessThanOrEqual(0)
    }
  }
}
