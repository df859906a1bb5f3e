/** A page’s fingerprint, for tests about votes that carry one. */
import type { Page } from 'playwright'

/**
 * Waits until the page has read its fingerprint. A vote waits little more than a second for one and then goes without
 * (widget/src/fingerprint.ts), which is right, and on a busy machine happens to every vote that is cast at once.
 */
export const fingerprintRead = (page: Page): Promise<unknown> =>
  page.evaluate(`(async () => {
    const registry = globalThis[Symbol.for('truetally')]
    while (!registry.fingerprint) await new Promise((resolve) => setTimeout(resolve, 20))
    // The widget’s own reading began before this one, and ends before it.
    await registry.fingerprint()
  })()`)
