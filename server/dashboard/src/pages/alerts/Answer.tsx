/** What somebody may say of an alert: it is seen to, what it was, a note, others should know, or be quiet about it. */
import { useState } from 'preact/hooks'
import type { Alert } from '../../../../contract/alert.ts'
import { post } from '../../app/api.ts'
import { useAction, useDraft } from '../../app/load.ts'
import { say } from '../../app/toasts.tsx'
import { Field } from '../../components/Field.tsx'
import { ProblemNote } from '../../components/Loading.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { SilenceDialog } from './SilenceDialog.tsx'

type Disposition = NonNullable<Alert['disposition']>
const VERDICTS: readonly (readonly [Disposition, string, string])[] = [
  ['true_positive', 'It was right', 'What it said happened, and was an attack. Votes it took out stay out.'],
  ['benign', 'No harm', 'It happened as it says, and was no attack.'],
  ['false_positive', 'A false alarm', 'It did not happen as it says. Counts against the rule.'],
]

export function Answer({ alert, onChanged, onDone }: { alert: Alert; onChanged: (alert: Alert) => void; onDone: () => void }) {
  const [note, setNote, forget] = useDraft(`alert-note:${alert.id}`)
  const [open, setOpen] = useState<'escalate' | 'silence' | undefined>()
  const path = `/security/v1/alerts/${alert.id}`
  const written = note.trim()
  const withNote = written === '' ? {} : { note: written }
  const acknowledge = useAction(async () => {
    onChanged(await post<Alert>(`${path}/acknowledge`, withNote))
    forget(note)
    say({ text: 'You see to it. It is not escalated any more.' })
  })
  const keep = useAction(async () => {
    onChanged(await post<Alert>(`${path}/notes`, { note: written }))
    forget(note)
    say({ text: 'Your note is in the timeline.' })
  })
  const dispose = useAction(async (disposition: Disposition) => {
    const before = alert.disposition
    onChanged(await post<Alert>(`${path}/disposition`, { disposition, ...withNote }))
    forget(note)
    say({ text: 'Said. The rule’s figures count it.', ...(before === null || before === disposition ? {} : { undo: { run: async () => {
      onChanged(await post<Alert>(`${path}/disposition`, { disposition: before }))
      return 'It is as it was said before; the timeline has both.'
    } } }) })
  })
  return (
    <div class="stack">
      <Field label="Note" hint="Goes with whatever you press next."><textarea maxLength={2000} value={note} onInput={(event: InputEvent & { currentTarget: HTMLTextAreaElement }) => setNote(event.currentTarget.value)} /></Field>
      <div class="row">
        {alert.acknowledgedAt === null && <button type="button" class="button primary" aria-busy={acknowledge.busy} onClick={() => void acknowledge.run()}>Acknowledge</button>}
        <button type="button" class="button" disabled={written === ''} aria-busy={keep.busy} onClick={() => void keep.run()}>Write the note</button>
      </div>
      <ProblemNote problem={acknowledge.problem ?? keep.problem ?? dispose.problem} />
      <fieldset class="plain">
        <legend>What was it?</legend>
        <div class="row">
          {VERDICTS.map(([id, title, hint]) => (
            <button type="button" key={id} class="button" title={hint} aria-pressed={alert.disposition === id} aria-busy={dispose.busy} onClick={() => void dispose.run(id)}>{title}</button>
          ))}
        </div>
      </fieldset>
      <div class="row">
        <button type="button" class="button" onClick={() => setOpen('escalate')}>Escalate</button>
        <button type="button" class="button" onClick={() => setOpen('silence')}>Silence it</button>
      </div>
      {open === 'escalate' && (
        <ReasonDialog title="Escalate" verb="Tell them now" label="What should they know?" draft={`escalate:${alert.id}`} suggestion={written} onClose={() => setOpen(undefined)}
          act={async (words) => {
            const { told } = await post<{ told: string[] }>(`${path}/escalate`, { note: words })
            say({ text: `Being told now: ${told.join(', ')}.` })
            onDone()
          }}>
          <p>Every channel that this alert belongs to is told at once, with your words, whatever it has heard before.</p>
        </ReasonDialog>
      )}
      {open === 'silence' && <SilenceDialog alert={alert} onDone={onDone} onClose={() => setOpen(undefined)} />}
    </div>
  )
}
