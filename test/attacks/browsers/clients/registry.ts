/** Every client, from the plainest to the one that must be counted. */
import type { ClientKind } from '../client.ts'
import { httpClient } from './http-client.ts'
import { patchrightClick, patchrightHand } from './patchright.ts'
import { person } from './person.ts'
import { fingerprintRotator, playwrightClick, playwrightKeyboard, playwrightSynthetic } from './playwright.ts'
import { puppeteerGhost, puppeteerStealth } from './puppeteer.ts'

export const clients: readonly ClientKind[] = [
  httpClient, playwrightClick, playwrightSynthetic, puppeteerStealth, puppeteerGhost, patchrightClick, patchrightHand, fingerprintRotator,
  playwrightKeyboard, person,
]
