/** The feedback form, which comes as a script of its own, `feedback.js`, when somebody first wants it. */
import type { ComponentChild } from 'preact'
import type { View } from './components/view.ts'
import type { LoadScript, Registry } from './lazy-script.ts'
import type { Messages } from './messages/en.ts'
import { addStyles } from './stylesheet.ts'
import { addEnglish } from './translate.ts'

/**
 * Makes the form of one mounted widget: a component without properties.
 * @param close present where the form can be put away
 */
export type CreateForm = (view: View, close: (() => void) | undefined) => () => ComponentChild

/** What `feedback.js` brings. */
export interface FormKit {
  readonly create: CreateForm
  readonly messages: Messages
  readonly styles: string
}

export interface LazyForm {
  /** Absent until the script has run. */
  readonly create?: CreateForm
  /** The latest attempt to load it came to nothing. */
  readonly failed?: boolean
  /** Loads it, unless it is there or on its way. Never rejects. */
  load(): Promise<void>
}

/** @param onChange called whenever there is something else to show */
export function createLazyForm(loadScript: LoadScript, registry: Registry, onChange: () => void): LazyForm {
  let loading = false
  const lazy: { -readonly [Field in keyof LazyForm]: LazyForm[Field] } = {
    async load() {
      if (loading || lazy.create) return
      loading = true
      lazy.failed = false
      onChange()
      try {
        await loadScript('feedback')
        // A script that left nothing, such as a blocker's empty one, throws here: it has not loaded either.
        const { create, messages, styles } = registry.feedback as FormKit
        addEnglish(messages)
        addStyles(styles)
        lazy.create = create
      } catch {
        lazy.failed = true
      }
      loading = false
      onChange()
    },
  }
  return lazy
}
