import type { Detector } from '../detector.ts'

/** Chord over path length, and the moves it takes for the figure to mean something: two points are always a line. */
const RULER = 0.9995
const ENOUGH_MOVES = 15

/**
 * The pointer drew a ruler line over many moves: interpolated, as drivers do with a number of steps.
 * Only a mouse is judged: a finger, a pen and keys owe nobody a path. Someone steering the mouse with the numeric keypad
 * draws such lines too, so the cap of the group asks for a step-up at most.
 */
export const rulerStraightPath: Detector = {
  name: 'ruler-straight-path',
  group: 'behaviour',
  detect({ input, moves, straightness }) {
    if (input.state !== 'known') return { missing: 'input' }
    if (input.value !== 'mouse') return { value: 0 }
    if (moves.state !== 'known') return { missing: 'moves' }
    if (moves.value < ENOUGH_MOVES) return { value: 0 }
    if (straightness.state !== 'known') return { missing: 'straightness' }
    return { value: straightness.value > RULER ? 1 : 0 }
  },
}
