import type { Detector } from '../detector.ts'

/** Milliseconds a finger needs at the very least to leave a button again. */
const SHORTEST_PRESS = 12

/**
 * The mouse button came up as soon as it went down: both were sent by one line of code.
 * For a person, a tap on a trackpad, a dwell clicker and a browser that blurs its clock do the same, so the policy weighs
 * it lightly; touch, pen, keyboard and assistive technology are not judged.
 * Measured: 0–6 ms with Playwright, 1 with patchright, 0.2 with Selenium; 75–117 with X11 input.
 */
export const instantPress: Detector = {
  name: 'instant-press',
  group: 'behaviour',
  detect({ input, pressMs }) {
    if (input.state !== 'known') return { missing: 'input' }
    if (input.value !== 'mouse') return { value: 0 }
    if (pressMs.state !== 'known') return { missing: 'pressMs' }
    return { value: pressMs.value < SHORTEST_PRESS ? 1 : 0 }
  },
}
