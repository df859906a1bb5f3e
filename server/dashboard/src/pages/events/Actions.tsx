/** The five things to do about an event, and a note. */
import { useState } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import { get, patch, post } from '../../app/api.ts'
import { useAction, useDraft, useLoad } from '../../app/load.ts'
import { say } from '../../app/toasts.tsx'
import { Field } from '../../components/Field.tsx'
import { ProblemNote } from '../../components/Loading.tsx'
import { Panel } from '../../components/Page.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { BlockSource } from './BlockSource.tsx'
import { InvalidateVotes, hasVotes } from './InvalidateVotes.tsx'
import { LIMITABLE, subjectsOf } from './subjects.ts'
import type { Mark, Marked, SecurityEvent, Told } from './wire.ts'

type Open = 'block' | 'adjust' | 'invalidate' | 'escalate'
const LONGEST_NOTE = 1000

export function Actions({ event, reload }: { event: SecurityEvent; reload: () => void }) {
  const [open, setOpen] = useState<Open | undefined>()
  const [note, setNote, forgetNote] = useDraft(`note:${event.id}`, event.note ?? '')
  const isNoted = note.trim() !== (event.note ?? '')
  const mark = useAction(async (change: Omit<Mark, 'ids'>) => {
    await patch<Marked>('/security/v1/events', { ids: [event.id], ...change })
    forgetNote(note)
    reload()
    if (change.isRead === true) say({ text: isNoted ? 'Acknowledged, with your note.' : 'Acknowledged.', kind: 'good' })
  })
  const acknowledge = (isRead: boolean): Promise<void> => mark.run({ isRead, ...(isNoted ? { note: note.trim() } : {}) })
  const subjects = subjectsOf(event)
  const close = (): void => setOpen(undefined)
  const button = (name: Open, children: ComponentChildren, missing: string | false) => (
    <button type="button" class="button" disabled={missing !== false} title={missing === false ? '' : missing} onClick={() => setOpen(name)}>{children}</button>
  )
  return (
    <Panel title="What to do">
      <div class="acts">
        {event.isRead
          ? <button type="button" class="button" aria-busy={mark.busy} onClick={() => void acknowledge(false)}>Mark unread</button>
          : <button type="button" class="button primary" aria-busy={mark.busy} onClick={() => void acknowledge(true)}>Acknowledge</button>}
        {button('block', 'Block…', subjects.length === 0 && 'The event says nothing of its source.')}
        {button('adjust', 'Adjust limits…', !subjects.some(({ kind }) => LIMITABLE.includes(kind)) && 'The event has no address.')}
        {button('invalidate', 'Invalidate votes…', !hasVotes(event) && 'The event has nothing that votes are found by.')}
        {button('escalate', 'Escalate…', false)}
      </div>
      <form class="form" onSubmit={(submit) => { submit.preventDefault(); void mark.run({ note: note.trim() }) }}>
        <Field label="Note" hint="For whoever looks at this event next.">
          <textarea maxLength={LONGEST_NOTE} value={note} onInput={(input: InputEvent & { currentTarget: HTMLTextAreaElement }) => setNote(input.currentTarget.value)} />
        </Field>
        <ProblemNote problem={mark.problem} />
        {isNoted && <div class="row"><button type="submit" class="button small" aria-busy={mark.busy}>Keep the note</button></div>}
      </form>
      {(open === 'block' || open === 'adjust') && <BlockSource event={event} how={open} onDone={reload} onClose={close} />}
      {open === 'invalidate' && event.projectId !== null && <Invalidation event={event} project={event.projectId} onDone={reload} onClose={close} />}
      {open === 'escalate' && (
        <ReasonDialog title="Escalate" verb="Tell them now" draft={`escalate:${event.id}`} label="What should they know?" onClose={close} act={async (words) => {
          const { told } = await post<Told>(`/security/v1/events/${event.id}/escalate`, { note: words })
          say({ text: `Being told now: ${told.join(', ')}.`, kind: 'good' })
          reload()
        }}>
          <p>Every channel that serves this project is told now, with this event and your words. They are added to its note.</p>
        </ReasonDialog>
      )}
    </Panel>
  )
}

/** Items are named by their ids in a preview; people know their titles. */
function Invalidation(props: { event: SecurityEvent; project: string; onDone: () => void; onClose: () => void }) {
  const items = useLoad((signal) => get<{ items: { id: string; title: string }[] }>('/moderation/v1/items', { project: props.project }, signal), [props.project])
  return <InvalidateVotes {...props} itemTitle={(id) => items.data?.items.find((item) => item.id === id)?.title ?? `item ${id}`} />
}
