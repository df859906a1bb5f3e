/** Pictures for people to look at: test/e2e/screenshots/, not kept in git. */
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright'

/** The whole page as a PNG. */
export const shoot = (page: Page, name: string): Promise<Buffer> =>
  page.screenshot({ path: fileURLToPath(new URL(`screenshots/${name}.png`, import.meta.url)), fullPage: true, animations: 'disabled', timeout: 100_000 })
