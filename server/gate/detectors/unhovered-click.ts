import type { Detector } from '../detector.ts'

/** Milliseconds. A driver moves, then presses in the same breath; a hand needs tens of them to stop. */
const SHORTEST_HOVER = 5

/**
 * A mouse clicked what it never hovered, or without ever moving: a pointer that was put there, not brought.
 * Keyboard, touch, pen and assistive technology have no hover to show and are never judged. A person’s mouse can rest
 * where the button appears or is scrolled to, so the cap of the group asks for a step-up at most.
 * Measured: Playwright’s click hovers for 0.2–0.6 ms after one move, hence not exactly 0; scripted X11 input makes 86 moves.
 */
export const unhoveredClick: Detector = {
  name: 'unhovered-click',
  group: 'behaviour',
  detect({ input, hoverMs, moves }) {
    if (input.state !== 'known') return { missing: 'input' }
    if (input.value !== 'mouse') return { value: 0 }
    if (hoverMs.state === 'known' && hoverMs.value < SHORTEST_HOVER) return { value: 1 }
    if (moves.state === 'known' && moves.value === 0) return { value: 1 }
    if (hoverMs.state !== 'known') return { missing: 'hoverMs' }
    return moves.state === 'known' ? { value: 0 } : { missing: 'moves' }
  },
}
