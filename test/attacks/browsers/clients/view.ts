/** Somebody who reads before they vote. */
import { between, wait } from '../client.ts'
import type { Box } from '../hand.ts'
import type { Control, Page } from './driven.ts'

/** Scrolls until the control is in the middle of the view, looks at it for a second or two, and says where it is. */
export async function viewOf(page: Page, control: Control): Promise<Box> {
  await control.waitFor()
  const height = await page.evaluate('innerHeight') as number
  for (let turn = 0; turn < 60; turn += 1) {
    const box = await boxOf(control)
    if (box.y > height * 0.2 && box.y + box.height < height * 0.75) break
    await page.mouse.wheel(0, box.y > height / 2 ? 90 : -90)
    await wait(between(30, 70))
  }
  await wait(between(1100, 2000))
  return boxOf(control)
}

async function boxOf(control: Control): Promise<Box> {
  const box = await control.boundingBox()
  if (box === null) throw new Error('the control is not on the page')
  return box
}
