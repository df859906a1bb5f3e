/** What every component is handed: the project's state, the visitor's language, and the way to witness an event. */
import type { Cast, Store } from '../store.ts'
import type { Translator } from '../translate.ts'

export interface View {
  readonly store: Store
  readonly translate: Translator['translate']
  readonly formatNumber: Translator['formatNumber']
  /** Call it from the event's own handler: it reads what led to the event. */
  witness(event: Event): Cast
}
