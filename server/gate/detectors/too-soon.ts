import type { Detector } from '../detector.ts'

/**
 * The vote came sooner after its session’s start than the challenge allows, by the server’s clock. The widget holds a
 * quick person’s vote back until then, so only a client that is not the widget is this early. The client’s clock plays no part.
 */
export const tooSoon: Detector = {
  name: 'too-soon',
  group: 'integrity',
  detect({ dwell }) {
    if (dwell.state !== 'known') return { missing: 'dwell' }
    return { value: dwell.value.waitedMs < dwell.value.leastMs ? 1 : 0 }
  },
}
