import type { Detector } from '../detector.ts'

/** Share of the half-diagonal: about one pixel on a button of 100 by 40. */
const DEAD_CENTRE = 0.02

/**
 * The mouse hit the control’s centre to the pixel, where drivers click when told only which element.
 * Assistive technology aims at the centre as well and keys have no place at all: only a mouse is judged. A hand lands
 * there now and then (by area one click in a thousand, more as people aim for the middle): one reason among others.
 * Measured: exactly 0 for every Playwright click on an element.
 */
export const deadCentreClick: Detector = {
  name: 'dead-centre-click',
  group: 'behaviour',
  detect({ input, offCentre }) {
    if (input.state !== 'known') return { missing: 'input' }
    if (input.value !== 'mouse') return { value: 0 }
    if (offCentre.state !== 'known') return { missing: 'offCentre' }
    return { value: offCentre.value <= DEAD_CENTRE ? 1 : 0 }
  },
}
