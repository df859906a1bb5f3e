/** What the components of one mounted widget are handed. They keep no state of their own, only the form does. */
import type { ComponentChild } from 'preact'
import type { Problem } from '../api.ts'
import type { LazyForm } from '../lazy-form.ts'
import type { Cast, Store } from '../store.ts'
import type { Translator } from '../translate.ts'

export interface View {
  readonly store: Store
  /** The feedback form's script, which may still have to load. */
  readonly lazyForm: LazyForm
  /** The form of this widget, once it is there. It stays, so that nothing written is lost. */
  readonly Form: (() => ComponentChild) | undefined
  /** Whether the board shows the form; absent until somebody asks for it. */
  readonly formOpen: boolean | undefined
  readonly translate: Translator['translate']
  readonly formatNumber: Translator['formatNumber']
  /** A problem as a sentence. */
  explain(problem: Problem): string
  /** Call it from the event's own handler: it reads what led to the event. */
  witness(event: Event): Cast
  /** Shows the form on the board or puts it away, and moves the focus along. */
  showForm(open: boolean): void
  /** Renders again, before it returns. */
  refresh(): void
}
