/** Responses in a table, each with its undo. Taking one back says what it did to the tallies. */
import { useState } from 'preact/hooks'
import type { RuleResponse } from '../../../../contract/response.ts'
import { useCan } from '../../app/account.ts'
import { type Problem, post } from '../../app/api.ts'
import { count } from '../../app/time.ts'
import { say } from '../../app/toasts.tsx'
import { Badge } from '../../components/Badges.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { useLink } from './AlertBadges.tsx'
import { actionWords } from './action-words.ts'
import type { UndoneResponse } from './wire.ts'

interface Props {
  rows: readonly RuleResponse[] | undefined
  /** Whether each leads to its alert. */
  withAlert?: boolean
  empty: string
  onUndone(response: RuleResponse): void
  problem?: Problem | undefined
  slow?: boolean
  reload?: () => void
  more?: (() => void) | undefined
}

export function ResponseTable({ rows, withAlert = false, empty, onUndone, ...state }: Props) {
  const can = useCan()
  const link = useLink()
  const [undoing, setUndoing] = useState<RuleResponse | undefined>()
  const columns: Column<RuleResponse>[] = [
    { head: 'What', kind: 'primary', cell: ({ action, target, mode, votes, because }) => (
      <>
        <strong>{actionWords(action, mode)}</strong> {votes !== null && `${votes} `}<Untrusted text={target} />
        {because !== null && <div class="small muted">Only written down: <Untrusted text={because} /></div>}
      </>
    ) },
    { head: 'Why', cell: ({ reason, rule, alertId }) => <><Untrusted text={reason} /><div class="small">{withAlert ? <a href={link(`alerts/${alertId}`)}>the alert of {rule}</a> : <span class="muted">{rule}</span>}</div></> },
    { head: 'State', kind: 'tight', cell: (response) => <Badge tone={response.mode === 'log' ? '' : response.endedAt === null ? 'medium' : 'good'}>{response.mode === 'log' ? 'written down' : response.endedAt === null ? 'stands' : response.endedBy === 'expiry' ? 'ran out' : 'taken back'}</Badge> },
    { head: 'Began', kind: 'tight', cell: ({ appliedAt }) => <Time at={appliedAt} /> },
    { head: 'Ends', kind: 'tight', cell: ({ expiresAt, endedAt, endedBy }) => <><Time at={endedAt ?? expiresAt} />{endedBy !== null && endedBy !== 'expiry' && <div class="small muted">by <Untrusted text={endedBy} max={60} /></div>}</> },
    { head: 'Actions', kind: 'action', cell: (response) => can('moderator') && response.endedAt === null && response.mode === 'enforce' && (
      <button type="button" class="button small" onClick={() => setUndoing(response)}>Undo<span class="visually-hidden"> {actionWords(response.action, response.mode)} {response.target}</span></button>
    ) },
  ]
  const undo = async (reason: string): Promise<void> => {
    if (undoing === undefined) return
    const { response, tallyChanges } = await post<UndoneResponse>(`/moderation/v1/responses/${undoing.id}/undo`, { reason })
    const moved = tallyChanges.reduce((sum, { before, after }) => sum + after - before, 0)
    say({ text: tallyChanges.length === 0 ? 'Taken back.' : `Taken back: ${count(tallyChanges.length, 'item')} changed, by ${moved > 0 ? '+' : ''}${count(moved, 'vote')} in all.` })
    onUndone(response)
  }
  return (
    <>
      <DataTable caption="Responses, newest first" columns={columns} rows={rows} rowKey={({ id }) => id} empty={empty} {...state} />
      {undoing !== undefined && (
        <ReasonDialog title="Take it back" verb="Take it back" draft={`undo-response:${undoing.id}`} act={undo} onClose={() => setUndoing(undefined)}>
          <p><strong>{actionWords(undoing.action, undoing.mode)}</strong> {undoing.votes !== null && `${undoing.votes} `}<Untrusted text={undoing.target} /></p>
          <p>{undoing.votes === null ? 'It is lifted at once, on every server.' : 'Its votes get the state they had, unless something else keeps them out.'} Nothing automatic acts on the same target for an hour then.</p>
        </ReasonDialog>
      )}
    </>
  )
}
