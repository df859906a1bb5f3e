/** A network as slow as a test needs it. */
import type { Page, Route } from 'playwright'

/** Keeps every request that matches until `open`. */
export async function holdBack(page: Page, url: RegExp): Promise<{ held: Route[]; open(): Promise<void> }> {
  const held: Route[] = []
  let isOpen = false
  await page.route(url, async (route) => {
    if (isOpen) await route.continue()
    else held.push(route)
  })
  return {
    held,
    async open() {
      isOpen = true
      await Promise.all(held.splice(0).map((route) => route.continue()))
    },
  }
}
