/** Who visits a board on an ordinary day. */
import type { Population } from '../play.ts'
import { carrierPhones } from './carrier-phones.ts'
import { homeVisitors } from './home-visitors.ts'
import { keyboardUsers } from './keyboard-users.ts'
import { launchDay } from './launch-day.ts'
import { mindChangers } from './mind-changers.ts'
import { officeNat } from './office-nat.ts'
import { privacyBrowsers } from './privacy-browsers.ts'
import { retries } from './retries.ts'
import { returningVisitors } from './returning-visitors.ts'
import { signedIn } from './signed-in.ts'
import { vpnUsers } from './vpn-users.ts'

export const populations: readonly Population[] = [
  homeVisitors, officeNat, carrierPhones, keyboardUsers, privacyBrowsers, mindChangers, retries, signedIn, returningVisitors, vpnUsers, launchDay,
]
