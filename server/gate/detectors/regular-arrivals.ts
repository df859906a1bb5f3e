import type { Detector } from '../detector.ts'

/** Fewer gaps say nothing yet about their regularity. */
const ENOUGH_GAPS = 8
/** Coefficient of variation of the gaps: people who do not know each other come near 1, a timer near 0. */
const HUMAN = 0.15
const CLOCKWORK = 0.05

/**
 * New devices of one network arrive like clockwork. Chance gives eight gaps this even less than once in a million.
 * A class that votes when told comes in a burst, which is uneven. A timer with a random pause passes: one reason among others.
 */
export const regularArrivals: Detector = {
  name: 'regular-arrivals',
  group: 'velocity',
  detect({ arrivals }) {
    if (arrivals.state !== 'known') return { missing: 'arrivals' }
    const { gaps, variation } = arrivals.value
    if (gaps < ENOUGH_GAPS) return { value: 0 }
    return { value: Math.min(1, Math.max(0, (HUMAN - variation) / (HUMAN - CLOCKWORK))) }
  },
}
