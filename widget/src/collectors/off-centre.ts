import type { Collector } from '../facts.ts'
import { toShare } from '../signal-range.ts'

/** Distance of the click from the control's centre, over its half-diagonal. */
export const offCentre: Collector<number> = ({ event, box, press }) => {
  if (!press || !box || !(event instanceof MouseEvent)) return undefined
  const { left, top, width, height } = box
  const distance = Math.hypot(event.clientX - left - width / 2, event.clientY - top - height / 2)
  return toShare(distance / (Math.hypot(width, height) / 2))
}
