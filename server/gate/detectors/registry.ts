/** Every detector the gate asks, by hand: a file that is not listed here fails registry.test.ts rather than sleeping. */
import type { Detector } from '../detector.ts'
import { automationGlobals } from './automation-globals.ts'
import { deadCentreClick } from './dead-centre-click.ts'
import { fingerprintChange } from './fingerprint-change.ts'
import { foreignTimeZone } from './foreign-time-zone.ts'
import { headlessUserAgent } from './headless-user-agent.ts'
import { hostingNetwork } from './hosting-network.ts'
import { inconsistentHeaders } from './inconsistent-headers.ts'
import { instantPress } from './instant-press.ts'
import { itemVelocity } from './item-velocity.ts'
import { knownBot } from './known-bot.ts'
import { missingBrowserHeaders } from './missing-browser-headers.ts'
import { missingProof } from './missing-proof.ts'
import { missingSignals } from './missing-signals.ts'
import { missingUserAgent } from './missing-user-agent.ts'
import { networkVelocity } from './network-velocity.ts'
import { oldUserToken } from './old-user-token.ts'
import { prefixVelocity } from './prefix-velocity.ts'
import { pressurelessMouse } from './pressureless-mouse.ts'
import { regularArrivals } from './regular-arrivals.ts'
import { replayedGesture } from './replayed-gesture.ts'
import { rulerStraightPath } from './ruler-straight-path.ts'
import { sequentialUsers } from './sequential-users.ts'
import { tooSoon } from './too-soon.ts'
import { unhoveredClick } from './unhovered-click.ts'
import { untrustedEvent } from './untrusted-event.ts'
import { voterVelocity } from './voter-velocity.ts'
import { webdriver } from './webdriver.ts'
import { workerMismatch } from './worker-mismatch.ts'

export const detectors: readonly Detector[] = [
  webdriver,
  untrustedEvent,
  headlessUserAgent,
  automationGlobals,
  workerMismatch,
  knownBot,
  missingUserAgent,
  missingProof,
  missingSignals,
  tooSoon,
  replayedGesture,
  inconsistentHeaders,
  missingBrowserHeaders,
  pressurelessMouse,
  unhoveredClick,
  deadCentreClick,
  rulerStraightPath,
  instantPress,
  hostingNetwork,
  foreignTimeZone,
  prefixVelocity,
  fingerprintChange,
  sequentialUsers,
  oldUserToken,
  voterVelocity,
  networkVelocity,
  itemVelocity,
  regularArrivals,
]
