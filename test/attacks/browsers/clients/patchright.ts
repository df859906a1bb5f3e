/** patchright: Playwright without what gives Playwright away. */
import { type ClientKind, importOptional } from '../client.ts'
import { pressByHand } from '../hand.ts'
import { type Manner, startDriven } from './driven.ts'
import { viewOf } from './view.ts'

const kind = (name: string, about: string, manner: Manner): ClientKind => ({
  name, about,
  async start(display) {
    const module = await importOptional('patchright-core', () => import('patchright-core'))
    return 'missing' in module ? module : startDriven(module.chromium, manner, display)
  },
})

export const patchrightClick = kind('patchright', 'patchright: locator.click()', {
  discreet: true,
  isolates: true,
  vote: (_page, control) => control.click(),
})

export const patchrightHand = kind('patchright-hand', 'patchright, a hand’s path, presses of 80 to 120 ms', {
  discreet: true,
  isolates: true,
  async vote(page, control) {
    await pressByHand(page.mouse, await viewOf(page, control))
  },
})
