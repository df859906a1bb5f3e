/** Why, before anything changes: a reason for whoever reads the log later, with what is about to happen above it. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { useAction, useDraft } from '../app/load.ts'
import { Dialog } from './Dialog.tsx'
import { Field } from './Field.tsx'
import { ProblemNote } from './Loading.tsx'

interface Props {
  title: string
  /** What will change: a preview, or a sentence. */
  children?: ComponentChildren
  /** What the button that does it says. */
  verb: string
  danger?: boolean
  /** Whether what is shown above can be applied yet. */
  ready?: boolean
  /** Keeps what was typed across a reload, by this name. */
  draft: string
  /** How the reason is asked for. */
  label?: string
  suggestion?: string
  /** Resolves when it is done; what it throws is shown and the reason kept. */
  act(reason: string): Promise<void>
  onClose(): void
}

export function ReasonDialog({ title, children, verb, danger = false, ready = true, draft, label = 'Reason', suggestion = '', act, onClose }: Props) {
  // What was suggested when it opened: it does not change under who reads it.
  const [suggested] = useState(suggestion)
  const [reason, setReason, forget] = useDraft(draft, suggested)
  const action = useAction(async () => {
    await act(reason.trim())
    forget()
    onClose()
  })
  const blank = reason.trim() === ''
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); if (!blank && ready) void action.run() }}>
        {children}
        <Field label={label} hint="Kept in the log with your name."><textarea required maxLength={500} value={reason} onInput={(event: InputEvent & { currentTarget: HTMLTextAreaElement }) => setReason(event.currentTarget.value)} /></Field>
        <ProblemNote problem={action.problem} />
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class={`button primary ${danger ? 'danger' : ''}`} disabled={blank || !ready} aria-busy={action.busy}>{verb}</button>
        </div>
      </form>
    </Dialog>
  )
}
