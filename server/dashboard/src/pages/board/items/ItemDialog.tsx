/** An item's words and status, new or as it is. What is typed survives a reload. */
import { useState } from 'preact/hooks'
import type { ModeratedItem } from '../../../../../contract/moderation.ts'
import type { ItemStatus } from '../../../../../contract/primitives.ts'
import { patch, post } from '../../../app/api.ts'
import { useAction, useDraft } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { Dialog } from '../../../components/Dialog.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { ItemFields } from './ItemFields.tsx'

interface Props {
  project: string
  /** null: a new one. */
  item: ModeratedItem | null
  onDone(): void
  onClose(): void
}

export function ItemDialog({ project, item, onDone, onClose }: Props) {
  const name = `${project}:item:${item?.id ?? 'new'}`
  const [title, setTitle, forgetTitle] = useDraft(`${name}:title`, item?.title ?? '')
  const [description, setDescription, forgetDescription] = useDraft(`${name}:description`, item?.description ?? '')
  const [status, setStatus] = useState<ItemStatus>(item?.status ?? 'open')
  const action = useAction(async () => {
    const words = { project, title: title.trim(), description: description.trim(), status }
    if (item === null) await post('/moderation/v1/items', words)
    else await patch(`/moderation/v1/items/${item.id}`, words)
    forgetTitle()
    forgetDescription()
    onDone()
    onClose()
    say({ text: item === null ? `“${words.title}” is on the board.` : `“${words.title}” was changed.` })
  })
  const discard = (): void => {
    forgetTitle()
    forgetDescription()
    onClose()
  }
  return (
    <Dialog title={item === null ? 'Add an item' : 'Edit an item'} onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); if (title.trim() !== '') void action.run() }}>
        <ItemFields title={title} description={description} status={status} onTitle={setTitle} onDescription={setDescription} onStatus={setStatus} />
        <ProblemNote problem={action.problem} />
        <div class="form-actions">
          <button type="button" class="button" onClick={discard}>Discard</button>
          <button type="submit" class="button primary" disabled={title.trim() === ''} aria-busy={action.busy}>{item === null ? 'Add it' : 'Save'}</button>
        </div>
      </form>
    </Dialog>
  )
}
