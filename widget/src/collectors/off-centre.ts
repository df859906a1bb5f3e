import type { Collector } from '../facts.ts'
import { toShare } from '../signal-range.ts'

/** Distance of the click from the control's centre, over its half-diagonal. */
export const offCentre: Collector<number> = ({ event, control, press }) => {
  if (!press || !control || !(event instanceof MouseEvent)) return undefined
  const { left, top, width, height } = control.getBoundingClientRect()
  const distance = Math.hypot(event.clientX - left - width / 2, event.clientY - top - height / 2)
  return toShare(distance / (Math.hypot(width, height) / 2))
}
