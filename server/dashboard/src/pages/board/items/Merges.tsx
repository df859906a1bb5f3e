/** What was merged, by whom and why, and the way back. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Merge, MergeAnswer, MergesAnswer } from '../../../../../contract/board.ts'
import { useCan } from '../../../app/account.ts'
import { get, post } from '../../../app/api.ts'
import { usePages } from '../../../app/load.ts'
import { count, figure } from '../../../app/time.ts'
import { say } from '../../../app/toasts.tsx'
import { Badge } from '../../../components/Badges.tsx'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Panel } from '../../../components/Page.tsx'
import { ReasonDialog } from '../../../components/ReasonDialog.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted, legible } from '../../../components/Untrusted.tsx'

/** @param props.turn another number loads again */
export function Merges({ project, turn, onChange }: { project: string; turn: number; onChange: () => void }) {
  const may = useCan()('moderator')
  const [undoing, setUndoing] = useState<Merge | undefined>()
  const merges = usePages<Merge>(async (cursor, signal) => {
    const answer = await get<MergesAnswer>('/moderation/v1/merges', { project, cursor, limit: 20 }, signal)
    return { rows: answer.merges, nextCursor: answer.nextCursor }
  }, [project])
  const seen = useRef(turn)
  useEffect(() => {
    if (seen.current !== turn) merges.reload()
    seen.current = turn
  }, [turn])
  const columns: Column<Merge>[] = [
    { head: 'Merge', kind: 'primary', cell: (row) => <><Untrusted text={row.itemTitle} max={80} /> <span class="muted">into</span> <Untrusted text={row.intoTitle} max={80} /></> },
    { head: 'Votes', cell: (row) => <>{figure(row.moved)} went along{row.kept > 0 && <>, {figure(row.kept)} stayed</>}{row.held > 0 && <>, {figure(row.held)} held</>}</> },
    { head: 'Why', cell: (row) => <><Untrusted text={row.reason} max={140} /><div class="small muted"><Untrusted text={row.actor} max={60} /></div></> },
    { head: 'When', kind: 'tight', cell: (row) => <Time at={row.createdAt} /> },
    {
      head: 'Undo', kind: 'action', cell: (row) => (row.undoneAt !== null
        ? <span class="small">undone <Time at={row.undoneAt} /></span>
        : !row.undoable ? <Badge>undo the later one first</Badge>
          : may ? <button type="button" class="button small" onClick={() => setUndoing(row)}>Undo<span class="visually-hidden"> the merge of {legible(row.itemTitle, 80)}</span></button> : <Badge tone="accent">stands</Badge>),
    },
  ]
  const undo = async (reason: string): Promise<void> => {
    if (undoing === undefined) return
    await post<MergeAnswer>(`/moderation/v1/merges/${undoing.id}/undo`, { project, reason })
    onChange()
    say({ text: `“${undoing.itemTitle}” is on the board again, with its votes.` })
  }
  if (merges.rows?.length === 0) return null
  return (
    <Panel title="Merges" flush>
      <DataTable caption="Merges, newest first" columns={columns} {...merges} rowKey={({ id }) => id} />
      {undoing && (
        <ReasonDialog title="Undo a merge" verb="Undo the merge" draft={`${project}:unmerge:${undoing.id}`} act={undo} onClose={() => setUndoing(undefined)}>
          <p><Untrusted text={undoing.itemTitle} /> comes back to the board with the {count(undoing.moved, 'vote')} that went along, as they are now. What was cast on <Untrusted text={undoing.intoTitle} /> since stays there.</p>
        </ReasonDialog>
      )}
    </Panel>
  )
}
