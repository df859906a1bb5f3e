/** Marking everything a filter matches as read: how many that is first, then in steps, each of which counts. */
import { useState } from 'preact/hooks'
import { patch } from '../../app/api.ts'
import { useAction, useLoad } from '../../app/load.ts'
import { say } from '../../app/toasts.tsx'
import { count, figure } from '../../app/time.ts'
import { Dialog } from '../../components/Dialog.tsx'
import { ProblemNote, Waiting } from '../../components/Loading.tsx'
import { Meter } from '../../components/Page.tsx'
import type { Mark, Marked } from './wire.ts'

/** Others write the rows at that moment: they are asked again, and not for ever. */
const MOST_EMPTY_CALLS = 5

export function MarkDialog({ filter, onDone, onClose }: { filter: NonNullable<Mark['filter']>; onDone: () => void; onClose: () => void }) {
  const asked: Mark = { filter, isRead: true }
  const found = useLoad(() => patch<Marked>('/security/v1/events', { ...asked, dryRun: true }), [])
  const [done, setDone] = useState(0)
  const total = found.data?.updated ?? 0
  const mark = useAction(async () => {
    let marked = 0
    for (let empty = 0; empty < MOST_EMPTY_CALLS;) {
      const step = await patch<Marked>('/security/v1/events', asked)
      marked += step.updated
      setDone(marked)
      if (!step.more) break
      empty = step.updated === 0 ? empty + 1 : 0
    }
    onDone()
    onClose()
    say({ text: `${count(marked, 'event')} marked as read.`, kind: 'good' })
  })
  return (
    <Dialog title="Mark all of these as read" onClose={onClose}>
      {found.data === undefined && found.problem === undefined && <Waiting>Counting…</Waiting>}
      {found.data !== undefined && (total === 0
        ? <p>Nothing that this view shows is unread.</p>
        : <p><strong>{found.data.more ? `${figure(total)} or more` : figure(total)}</strong> unread {total === 1 ? 'event' : 'events'} of this view, on all its pages, become read. Nothing is deleted.</p>)}
      {mark.busy && <div class="stack"><Meter share={total === 0 ? 0 : done / total} /><p class="small muted" role="status">{figure(done)} of {figure(total)}</p></div>}
      <ProblemNote problem={found.problem ?? mark.problem} />
      <div class="form-actions">
        <button type="button" class="button" onClick={onClose}>{total === 0 ? 'Close' : 'Cancel'}</button>
        {total > 0 && <button type="button" class="button primary" aria-busy={mark.busy} onClick={() => void mark.run()}>Mark {count(total, 'event')} read</button>}
      </div>
    </Dialog>
  )
}
