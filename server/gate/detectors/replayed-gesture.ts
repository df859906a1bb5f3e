import type { Detector } from '../detector.ts'

/**
 * Another device made exactly this gesture before: recorded once, sent again. Two hands never move alike to the pixel and
 * the millisecond. Gestures too poor to be told apart (keys, assistive technology) are not compared: see gesture-memory.
 */
export const replayedGesture: Detector = {
  name: 'replayed-gesture',
  group: 'integrity',
  detect({ gestureSeen }) {
    if (gestureSeen.state !== 'known') return { missing: 'gestureSeen' }
    return { value: gestureSeen.value ? 1 : 0 }
  },
}
