import type { Signals } from '../../../server/contract/signals.ts'
import type { Collector } from '../facts.ts'

/** A key this shortly before the activation caused it, in ms; a button held with Space fires when it is let go. */
const KEY_TO_CLICK = 2000

/** How the control was activated. Neither pointer nor key: a screen reader, switch or voice control. */
export const input: Collector<NonNullable<Signals['input']>> = ({ event, press, observed }) => {
  if (press) return press.type === 'mouse' || press.type === 'touch' || press.type === 'pen' ? press.type : undefined
  return event.timeStamp - (observed.lastKeyAt ?? -Infinity) < KEY_TO_CLICK ? 'keyboard' : 'assistive'
}
