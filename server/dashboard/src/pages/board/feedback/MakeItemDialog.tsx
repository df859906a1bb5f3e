/** An item in the moderator's words: of what was written, only what stands here becomes public. */
import { useState } from 'preact/hooks'
import type { Feedback, ModeratedItem } from '../../../../../contract/moderation.ts'
import type { ItemStatus } from '../../../../../contract/primitives.ts'
import { post } from '../../../app/api.ts'
import { useAction, useDraft } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { Dialog } from '../../../components/Dialog.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { ItemFields } from '../items/ItemFields.tsx'

interface Props {
  project: string
  feedback: Feedback
  note: string
  onDone(after: Feedback): void
  onClose(): void
}

export function MakeItemDialog({ project, feedback, note, onDone, onClose }: Props) {
  const { id } = feedback
  const [title, setTitle, forgetTitle] = useDraft(`${project}:feedback:${id}:title`, feedback.title)
  const [description, setDescription, forgetDescription] = useDraft(`${project}:feedback:${id}:description`, feedback.body.slice(0, 2000))
  const [status, setStatus] = useState<ItemStatus>('open')
  const action = useAction(async () => {
    const item = await post<ModeratedItem>(`/moderation/v1/feedback/${id}/item`, { project, title: title.trim(), description: description.trim(), status, note })
    forgetTitle()
    forgetDescription()
    onClose()
    onDone({ ...feedback, state: 'accepted', note, itemId: item.id })
    say({ text: `“${item.title}” is on the board, and the feedback is accepted.` })
  })
  return (
    <Dialog title="Make an item of it" onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); if (title.trim() !== '') void action.run() }}>
        <p class="small">Everybody on the board will read what stands here. Take out what its author did not mean for others.</p>
        <ItemFields title={title} description={description} status={status} onTitle={setTitle} onDescription={setDescription} onStatus={setStatus} />
        <ProblemNote problem={action.problem} />
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={title.trim() === ''} aria-busy={action.busy}>Put it on the board</button>
        </div>
      </form>
    </Dialog>
  )
}
