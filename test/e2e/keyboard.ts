/** Moving through a page with the keyboard alone. */
import type { Locator, Page } from 'playwright'

const MOST_STOPS = 80

export const isFocused = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => element.getRootNode().activeElement === element)

/** Presses Tab until the control has the focus. @throws {Error} when it cannot be reached so */
export async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    if (await isFocused(control)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${MOST_STOPS} presses of Tab do not reach ${String(control)}`)
}
