/** What was done to votes, by people and by rules, and taking it back. */
import { useState } from 'preact/hooks'
import type { Invalidation } from '../../../../contract/moderation.ts'
import { useCan } from '../../app/account.ts'
import { usePages } from '../../app/load.ts'
import { count, figure } from '../../app/time.ts'
import { say } from '../../app/toasts.tsx'
import { Badge, type Tone } from '../../components/Badges.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Panel } from '../../components/Page.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted, legible } from '../../components/Untrusted.tsx'
import { cohortHref } from './vote-columns.tsx'
import { loadActions, undoAction } from './wire.ts'

const EFFECTS: Record<Invalidation['effect'], readonly [Tone, string]> = { invalidate: ['critical', 'invalidated'], hold: ['medium', 'held'], release: ['good', 'released'] }

export function ActionsTab({ project, onDone }: { project: string; onDone: () => void }) {
  const can = useCan()
  const actions = usePages((cursor, signal) => loadActions(project, cursor, signal), [project])
  const [undoing, setUndoing] = useState<Invalidation | undefined>()
  const columns: Column<Invalidation>[] = [
    {
      head: 'Done', kind: 'primary',
      cell: ({ effect, matched, cohortId }) => (
        <span class="row"><Badge tone={EFFECTS[effect][0]}>{EFFECTS[effect][1]}</Badge> {count(matched, 'vote')}{cohortId !== null && <a class="small" href={cohortHref(project, cohortId)}>cohort {cohortId}</a>}</span>
      ),
    },
    { head: 'Reason', cell: ({ reason }) => <Untrusted text={reason} /> },
    { head: 'By', cell: ({ actor }) => <Untrusted text={actor} max={40} /> },
    { head: 'When', kind: 'tight', cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      head: 'Taken back', cell: ({ undoneAt, undoneBy, undoable }) =>
        undoneAt === null ? <span class="muted">{undoable ? 'no' : 'cannot be'}</span> : <span><Time at={undoneAt} /> by <Untrusted text={undoneBy} max={40} /></span>,
    },
    ...(can('moderator') ? [{
      head: 'Undo', kind: 'action' as const,
      cell: (action: Invalidation) => action.undoable && <button type="button" class="button small" aria-label={`Undo: ${EFFECTS[action.effect][1]} ${figure(action.matched)} votes, ${legible(action.reason, 80)}`} onClick={() => setUndoing(action)}>Undo</button>,
    }] : []),
  ]
  const undo = async (action: Invalidation, reason: string): Promise<void> => {
    const { matched } = await undoAction(project, action.id, reason)
    actions.reload()
    onDone()
    say({ kind: 'good', text: `Taken back: ${count(matched, 'vote')} as before.` })
  }
  return (
    <Panel flush title="What was done to votes">
      <DataTable caption="Invalidations, holds and releases, newest first" columns={columns} {...actions} rowKey={({ id }) => id} empty="Nothing was ever done to a vote here." />
      {undoing && (
        <ReasonDialog title="Take it back" verb="Take it back" draft={`votes:undo:${undoing.id}`} act={(reason) => undo(undoing, reason)} onClose={() => setUndoing(undefined)}>
          <p>{count(undoing.matched, 'vote')} {undoing.matched === 1 ? 'was' : 'were'} {EFFECTS[undoing.effect][1]} for: <Untrusted text={undoing.reason} /></p>
          <p class="small muted">Every vote gets the state it had before, unless something else was done to it since: that stays.</p>
        </ReasonDialog>
      )}
    </Panel>
  )
}
