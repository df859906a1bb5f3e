import type { Detector } from '../detector.ts'
import { offsetsOf } from './country-offsets.ts'

/** Minutes beyond every clock of the country: neighbours and small errors of the address data, and the other side of the world. */
const NEXT_DOOR = 60
const FAR = 240

/**
 * The browser’s clock is nowhere near the country its address is in. Travellers and people behind a VPN look the same, so
 * the weight is low; in a data centre hosting-network has said it already and this stays silent, or an honest VPN would be
 * counted twice. Offset 0 tells nothing: it is what Firefox’s resistFingerprinting and Tor show everybody.
 */
export const foreignTimeZone: Detector = {
  name: 'foreign-time-zone',
  group: 'network',
  detect({ country, timezoneOffset, timeZone, hosting }) {
    if (country.state !== 'known') return { missing: 'country' }
    if (timezoneOffset.state !== 'known') return { missing: 'timezoneOffset' }
    if (hosting.state === 'known' && hosting.value) return { value: 0 }
    const offset = timezoneOffset.value
    const there = offsetsOf(country.value)
    if (there === undefined) return { missing: 'country' }
    if (offset === 0 || (timeZone.state === 'known' && there.zones.has(timeZone.value))) return { value: 0 }
    const away = Math.max(there.least - offset, offset - there.most, 0)
    return { value: Math.min(1, Math.max(0, (away - NEXT_DOOR) / (FAR - NEXT_DOOR))) }
  },
}
