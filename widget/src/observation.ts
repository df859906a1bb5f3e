/**
 * Watches what happens inside one mounted widget (never the host's page, except that it scrolls) and keeps the
 * statistics the collectors read when a vote is cast.
 */
import { addMove, createTrail, markPlace, restartTrail, type Trail } from './trail.ts'

export interface Press {
  readonly control: Element | null
  /** Milliseconds on the page's clock, as `Event#timeStamp`. */
  readonly downAt: number
  upAt?: number
  readonly pressure: number
  /** `mouse`, `touch` or `pen`. */
  readonly type: string
  /** When the pointer came over the control, where it was seen coming. */
  readonly overAt?: number | undefined
}

export interface Observed {
  readonly since: number
  readonly trail: Trail
  firstInputAt?: number
  lastKeyAt?: number
  keys: number
  scrolls: number
}

/** The moment of a vote, as the collectors see it, which may be a little later: nothing in it changes any more. */
export interface Moment {
  readonly event: Event
  /** The control that was activated. */
  readonly control: Element | null
  /** Where the control was. */
  readonly box?: DOMRect | undefined
  readonly observed: Observed
  /** The pointer press that caused the event; absent for the keyboard and for assistive technology. */
  readonly press?: Press | undefined
}

export interface Observation {
  /** Reads the moment of an activation. Call it from the event's own handler. */
  capture(event: Event): Moment
  stop(): void
}

/** A click this long after a press has another cause, in ms. */
const PRESS_TO_CLICK = 10_000

const controlOf = ({ target }: Event) => (target instanceof Element ? target.closest('button,input,textarea') : null)

/** @param onInterest called once, at the first sign that the visitor is about to use the widget */
export function observe(root: ShadowRoot, onInterest: () => void): Observation {
  const listening = new AbortController()
  const observed: Observed = { since: performance.now(), trail: createTrail(), keys: 0, scrolls: 0 }
  let over: { control: Element | null; at: number } | undefined
  let press: Press | undefined
  /** The control whose vote has used the trail up; moving on from it begins a new one. */
  let spentOn: Element | null | undefined
  let interested = false

  function listen<Heard extends Event>(target: EventTarget, type: string, hear: (event: Heard) => void): void {
    target.addEventListener(type, (event) => hear(event as Heard), { passive: true, capture: true, signal: listening.signal })
  }

  function noteInterest(): void {
    if (!interested) onInterest()
    interested = true
  }

  function noteInput(event: Event): void {
    observed.firstInputAt ??= event.timeStamp
    noteInterest()
  }

  listen(root, 'focusin', noteInterest)
  listen<PointerEvent>(root, 'pointerover', (event) => {
    noteInterest()
    const control = controlOf(event)
    if (control !== over?.control) over = { control, at: event.timeStamp }
  })
  listen<PointerEvent>(root, 'pointermove', (event) => {
    if (event.pointerType === 'touch') return
    if (spentOn !== undefined && controlOf(event) !== spentOn) {
      spentOn = undefined
      restartTrail(observed.trail)
    }
    const point = { x: event.clientX, y: event.clientY }
    addMove(observed.trail, point, event.timeStamp - observed.since, event.getCoalescedEvents?.().length ?? 0)
  })
  listen<PointerEvent>(root, 'pointerdown', (event) => {
    noteInput(event)
    const { timeStamp, pressure, pointerType, clientX, clientY } = event
    const control = controlOf(event)
    press = {
      control,
      downAt: timeStamp,
      pressure,
      type: pointerType,
      overAt: pointerType !== 'touch' && over?.control === control ? over?.at : undefined,
    }
    // Two votes without a move between them still differ in when they were pressed.
    markPlace(observed.trail, { x: clientX, y: clientY }, timeStamp - observed.since)
  })
  listen(root, 'pointerup', (event) => {
    if (press) press.upAt = event.timeStamp
  })
  listen(root, 'keydown', (event) => {
    noteInput(event)
    observed.keys += 1
    observed.lastKeyAt = event.timeStamp
  })
  listen(window, 'scroll', () => {
    observed.scrolls += 1
  })

  return {
    capture(event) {
      const control = controlOf(event)
      spentOn = control
      // `detail` counts a click's presses: 0 is Enter, Space, assistive technology or a script. A form has no such count.
      const byPointer = event.type === 'click'
        ? (event as MouseEvent).detail > 0 && press?.control === control
        : (press?.downAt ?? 0) > (observed.lastKeyAt ?? 0)
      const recent = press && event.timeStamp - press.downAt < PRESS_TO_CLICK
      return {
        event,
        control,
        box: control?.getBoundingClientRect(),
        observed: { ...observed, trail: { ...observed.trail } },
        press: byPointer && recent ? press : undefined,
      }
    },
    stop: () => listening.abort(),
  }
}
