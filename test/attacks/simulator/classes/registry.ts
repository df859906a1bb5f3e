/**
 * Every way of stuffing a ballot that is measured, from nobody trying to the hardest. Farmed proof of work is not among
 * them: as long as the server asks for none, it is both-rotated.
 */
import type { AttackClass } from '../play.ts'
import { addressRotation } from './address-rotation.ts'
import { bareHttpClient } from './bare-http-client.ts'
import { blockEvasion } from './block-evasion.ts'
import { blockedLiveSession } from './blocked-live-session.ts'
import { bothRotated } from './both-rotated.ts'
import { cookieClearing } from './cookie-clearing.ts'
import { cookieClearingWithoutFingerprint } from './cookie-clearing-without-fingerprint.ts'
import { downvoteByInvalidation } from './downvote-by-invalidation.ts'
import { drivenBrowsers } from './driven-browsers.ts'
import { fingerprintRotation } from './fingerprint-rotation.ts'
import { flipFlop } from './flip-flop.ts'
import { forgedTokens } from './forged-tokens.ts'
import { forwardedForSpoofing } from './forwarded-for-spoofing.ts'
import { honestOnly } from './honest-only.ts'
import { keyEnumeration } from './key-enumeration.ts'
import { leakedSecret } from './leaked-secret.ts'
import { naiveRepeat } from './naive-repeat.ts'
import { replayedPayloads } from './replayed-payloads.ts'
import { slowDrip } from './slow-drip.ts'
import { stealthBrowsers } from './stealth-browsers.ts'
import { stolenTokens } from './stolen-tokens.ts'
import { syntheticClicks } from './synthetic-clicks.ts'
import { underEveryLimit } from './under-every-limit.ts'

export const classes: readonly AttackClass[] = [
  honestOnly, naiveRepeat, flipFlop, cookieClearing, cookieClearingWithoutFingerprint, forwardedForSpoofing, fingerprintRotation,
  addressRotation, bothRotated, underEveryLimit, slowDrip, replayedPayloads, bareHttpClient, syntheticClicks, drivenBrowsers,
  stealthBrowsers, forgedTokens, stolenTokens, leakedSecret, keyEnumeration, blockedLiveSession, blockEvasion, downvoteByInvalidation,
]
