/** One piece of feedback, and what to do with it. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Feedback } from '../../../../../contract/moderation.ts'
import type { FeedbackState } from '../../../../../contract/primitives.ts'
import { patch } from '../../../app/api.ts'
import { useAction, useDraft } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { Badge, type Tone } from '../../../components/Badges.tsx'
import { Field } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Facts, Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { MakeItemDialog } from './MakeItemDialog.tsx'

const TONES: Record<FeedbackState, Tone> = { new: 'accent', accepted: 'good', rejected: '' }
export const StateBadge = ({ state }: { state: FeedbackState }) => <Badge tone={TONES[state]}>{state}</Badge>

interface Props {
  project: string
  feedback: Feedback
  /** Whether the last one was just dealt with: then the keyboard goes on from here. */
  focus: { current: boolean }
  /** It was dealt with: the next one may be opened. */
  onDone(after: Feedback): void
  /** That was taken back, from wherever the person is by then. */
  onUndone(after: Feedback): void
}

export function FeedbackDetail({ project, feedback, focus, onDone, onUndone }: Props) {
  const { id, kind, title, body, email, state, tier, createdAt, itemId } = feedback
  const [note, setNote, forgetNote] = useDraft(`${project}:feedback:${id}:note`, feedback.note ?? '')
  const [making, setMaking] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    if (focus.current) heading.current?.focus()
    focus.current = false
  }, [])
  const mark = useAction(async (next: FeedbackState) => {
    const after = await patch<Feedback>(`/moderation/v1/feedback/${id}`, { project, state: next, note: note.trim() })
    forgetNote(note)
    onDone(after)
    say({
      text: `“${title}” is ${next}.`,
      undo: {
        run: async () => {
          onUndone(await patch<Feedback>(`/moderation/v1/feedback/${id}`, { project, state, note: feedback.note ?? '' }))
          return `“${title}” is ${state} again.`
        },
      },
    })
  })
  return (
    <Panel>
      <h2 tabIndex={-1} ref={heading}><Untrusted text={title} max={200} /></h2>
      <div class="row"><Badge>{kind}</Badge><StateBadge state={state} />{itemId !== null && <Badge tone="good">item {itemId} on the board</Badge>}</div>
      {body === '' ? <p class="muted">Nothing more was written.</p> : <p class="feedback-body"><Untrusted text={body} max={5000} /></p>}
      <Facts facts={[
        ['From', email === null ? 'nobody who left an address' : <Untrusted key="from" text={email} max={254} />],
        ['Who', tier === 'verified' ? 'a signed-in user' : 'a visitor'],
        ['When', <Time key="when" at={createdAt} absolute />],
      ]} />
      <Field label="Note" hint="For you and your colleagues; its author does not see it.">
        <textarea maxLength={1000} value={note} onInput={(event: InputEvent & { currentTarget: HTMLTextAreaElement }) => setNote(event.currentTarget.value)} />
      </Field>
      <ProblemNote problem={mark.problem} />
      <div class="form-actions">
        {state !== 'rejected' && itemId === null && <button type="button" class="button" aria-busy={mark.busy} onClick={() => void mark.run('rejected')}>Reject</button>}
        {state !== 'accepted' && <button type="button" class="button" aria-busy={mark.busy} onClick={() => void mark.run('accepted')}>Accept</button>}
        {state === 'accepted' && <button type="button" class="button" aria-busy={mark.busy} onClick={() => void mark.run('accepted')}>Save the note</button>}
        {itemId === null && <button type="button" class="button primary" onClick={() => setMaking(true)}>Make an item of it</button>}
      </div>
      {making && <MakeItemDialog project={project} feedback={feedback} note={note.trim()} onDone={(after) => { forgetNote(); onDone(after) }} onClose={() => setMaking(false)} />}
    </Panel>
  )
}
