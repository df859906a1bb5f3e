/**
 * A hand on a mouse. Playwright's own click jumps to the exact centre and presses for no time, which the gate rightly takes
 * for a machine's and holds; what a person does has a way, a hover, a place and a duration.
 */
import type { Locator, Page } from 'playwright'

const STEPS = 7
const PRESS_MS = 70

/** Comes along a curve and clicks beside the centre. `times` presses follow one another as fast as the browser takes them. */
export async function clickByHand(page: Page, control: Locator, times = 1): Promise<void> {
  await control.scrollIntoViewIfNeeded()
  const box = await control.boundingBox()
  if (box === null) throw new Error(`${String(control)} is not on the page`)
  const to = { x: box.x + box.width * 0.64, y: box.y + box.height * 0.41 }
  const from = { x: Math.max(2, to.x - 180), y: to.y + 120 }
  for (let step = 0; step <= STEPS; step += 1) {
    const share = step / STEPS
    const eased = share * share * (3 - 2 * share)
    await page.mouse.move(from.x + (to.x - from.x) * eased, from.y + (to.y - from.y) * share + 26 * Math.sin(Math.PI * share))
  }
  for (let press = 0; press < times; press += 1) await page.mouse.click(to.x, to.y, { delay: times === 1 ? PRESS_MS : 0 })
}
