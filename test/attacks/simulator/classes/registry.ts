/**
 * Every way of stuffing a ballot that is measured, from nobody trying to the hardest.
 *
 * An attacker here is as clever as the class says, and leaves no mark that its real counterpart would not leave: what a
 * real tool shows was measured (webdriver, pressure 0, a worker that says otherwise, isTrusted) and is shown; nothing is
 * added so that it be found. All do the work they are asked for and wait out the minimum dwell, unless not doing so is
 * the idea (bare-http-client, half of downvote-by-invalidation). One machine has one core, whatever its browser claims:
 * 43 invented visitorIds were measured on one core. Only who copies or makes up whole machines has many (both-rotated,
 * farmed-proof-of-work, generated-users, session-hoarding, identical-gestures).
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
import { farmedProofOfWork } from './farmed-proof-of-work.ts'
import { fingerprintRotation } from './fingerprint-rotation.ts'
import { flipFlop } from './flip-flop.ts'
import { forgedTokens } from './forged-tokens.ts'
import { forwardedForSpoofing } from './forwarded-for-spoofing.ts'
import { generatedUsers } from './generated-users.ts'
import { honestOnly } from './honest-only.ts'
import { identicalGestures } from './identical-gestures.ts'
import { keyEnumeration } from './key-enumeration.ts'
import { leakedSecret } from './leaked-secret.ts'
import { naiveRepeat } from './naive-repeat.ts'
import { replayedPayloads } from './replayed-payloads.ts'
import { sessionHoarding } from './session-hoarding.ts'
import { slowDrip } from './slow-drip.ts'
import { stealthBrowsers } from './stealth-browsers.ts'
import { stolenTokens } from './stolen-tokens.ts'
import { syntheticClicks } from './synthetic-clicks.ts'
import { underEveryLimit } from './under-every-limit.ts'

export const classes: readonly AttackClass[] = [
  honestOnly, naiveRepeat, flipFlop, cookieClearing, cookieClearingWithoutFingerprint, forwardedForSpoofing, fingerprintRotation,
  addressRotation, bothRotated, underEveryLimit, slowDrip, sessionHoarding, identicalGestures, replayedPayloads, bareHttpClient,
  farmedProofOfWork, syntheticClicks, drivenBrowsers, stealthBrowsers, forgedTokens, stolenTokens, leakedSecret, generatedUsers,
  keyEnumeration, blockedLiveSession, blockEvasion, downvoteByInvalidation,
]
