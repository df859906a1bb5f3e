/** Every detector the gate asks, by hand: a file that is not listed here fails registry.test.ts rather than sleeping. */
import type { Detector } from '../detector.ts'
import { deadCentreClick } from './dead-centre-click.ts'
import { fingerprintChange } from './fingerprint-change.ts'
import { headlessUserAgent } from './headless-user-agent.ts'
import { instantPress } from './instant-press.ts'
import { itemVelocity } from './item-velocity.ts'
import { missingUserAgent } from './missing-user-agent.ts'
import { networkVelocity } from './network-velocity.ts'
import { pressurelessMouse } from './pressureless-mouse.ts'
import { rulerStraightPath } from './ruler-straight-path.ts'
import { unhoveredClick } from './unhovered-click.ts'
import { untrustedEvent } from './untrusted-event.ts'
import { voterVelocity } from './voter-velocity.ts'
import { webdriver } from './webdriver.ts'

export const detectors: readonly Detector[] = [
  webdriver,
  untrustedEvent,
  headlessUserAgent,
  missingUserAgent,
  pressurelessMouse,
  unhoveredClick,
  deadCentreClick,
  rulerStraightPath,
  instantPress,
  fingerprintChange,
  voterVelocity,
  networkVelocity,
  itemVelocity,
]
