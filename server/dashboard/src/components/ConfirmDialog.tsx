/** What is about to happen, and a button that does it: for what nobody has to give a reason for. */
import type { ComponentChildren } from 'preact'
import { useAction } from '../app/load.ts'
import { Dialog } from './Dialog.tsx'
import { ProblemNote } from './Loading.tsx'

interface Props {
  title: string
  children: ComponentChildren
  /** What the button that does it says. */
  verb: string
  danger?: boolean
  /** What it throws is shown; otherwise the dialog closes. */
  act(): Promise<void>
  onClose(): void
}

export function ConfirmDialog({ title, children, verb, danger = false, act, onClose }: Props) {
  const action = useAction(async () => {
    await act()
    onClose()
  })
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <ProblemNote problem={action.problem} />
      <div class="form-actions">
        <button type="button" class="button" onClick={onClose}>Cancel</button>
        <button type="button" class={`button primary ${danger ? 'danger' : ''}`} aria-busy={action.busy} onClick={() => void action.run()}>{verb}</button>
      </div>
    </Dialog>
  )
}
