/** A network as slow as a test needs it. */
import type { Page, Route } from 'playwright'

type Pass = (route: Route) => Promise<void>

/** Keeps every request that matches until `open`; these and all that follow then go on, or have happen to them what `open` is given. */
export async function holdBack(page: Page, url: RegExp): Promise<{ held: Route[]; open(pass?: Pass): Promise<void> }> {
  const held: Route[] = []
  let passing: Pass | undefined
  await page.route(url, async (route) => {
    if (passing === undefined) held.push(route)
    else await passing(route)
  })
  return {
    held,
    async open(pass = (route) => route.continue()) {
      passing = pass
      await Promise.all(held.splice(0).map(pass))
    },
  }
}
