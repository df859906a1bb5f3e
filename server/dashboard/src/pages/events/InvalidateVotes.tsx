/** Takes the votes of an event’s source out of the tally: what that changes is shown before, and can be taken back after. */
import { useState } from 'preact/hooks'
import type { ActionAnswer, InvalidationRequest } from '../../../../contract/moderation.ts'
import { post } from '../../app/api.ts'
import { useLoad } from '../../app/load.ts'
import { say } from '../../app/toasts.tsx'
import { count, figure } from '../../app/time.ts'
import { DataTable } from '../../components/DataTable.tsx'
import { SelectField } from '../../components/Field.tsx'
import { ProblemNote, Waiting } from '../../components/Loading.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Untrusted, legible } from '../../components/Untrusted.tsx'
import { subjectsOf } from './subjects.ts'
import type { SecurityEvent } from './wire.ts'

const FIELDS = { ip: 'ip', network: 'network', fingerprint: 'fingerprint' } as const
type Field = keyof typeof FIELDS
const isField = (kind: string): kind is Field => Object.hasOwn(FIELDS, kind)

/** Whether there is anything to find its votes by. */
export const hasVotes = (event: SecurityEvent): boolean => event.projectId !== null && subjectsOf(event).some(({ kind }) => isField(kind))

export function InvalidateVotes({ event, project, itemTitle, onDone, onClose }: { event: SecurityEvent; project: string; itemTitle: (id: string) => string; onDone: () => void; onClose: () => void }) {
  const choices = subjectsOf(event).filter(({ kind }) => isField(kind))
  const [kind, setKind] = useState<Field>(choices.map((choice) => choice.kind).find(isField) ?? 'ip')
  const value = choices.find((choice) => choice.kind === kind)?.value ?? ''
  const request = (reason: string, dryRun: boolean): InvalidationRequest => ({ project, filter: { [FIELDS[kind]]: value }, reason, dryRun })
  const preview = useLoad(() => post<ActionAnswer>('/moderation/v1/invalidations', request('a preview', true)), [kind, value])
  const { data } = preview

  const act = async (reason: string): Promise<void> => {
    const done = await post<ActionAnswer>('/moderation/v1/invalidations', request(reason, false))
    say({
      kind: 'good', text: `${count(done.matched, 'vote')} out of the tally.`,
      undo: { run: async () => {
        const back = await post<ActionAnswer>(`/moderation/v1/invalidations/${done.id}/undo`, { project, reason: 'taken back' })
        onDone()
        return `${count(back.matched, 'vote')} back where ${back.matched === 1 ? 'it was' : 'they were'}.`
      } },
    })
    onDone()
  }
  return (
    <ReasonDialog title="Invalidate its votes" verb={data === undefined ? 'Invalidate' : `Invalidate ${count(data.matched, 'vote')}`} danger draft={`invalidate:${event.id}`}
      ready={!preview.loading && (data?.matched ?? 0) > 0} act={act} onClose={onClose}>
      <SelectField label="Votes of" any={null} value={kind} options={choices.map((choice) => [choice.kind, `${choice.title}, ${legible(choice.value, 60)}`] as const)}
        onChange={(next) => { if (isField(next)) setKind(next) }} />
      <ProblemNote problem={preview.problem} retry={preview.reload} />
      {data === undefined ? preview.problem === undefined && <Waiting>Looking what would change…</Waiting> : (
        <div class={preview.loading ? 'stack stale' : 'stack'} role="status">
          <p>{data.matched === 0 ? 'No vote of it is there to take out.' : <><strong>{count(data.matched, 'vote')}</strong> would leave the tally. They are kept, and can be put back exactly.</>}</p>
          {data.tallyChanges.length > 0 && (
            <DataTable caption="What the board would show" rowKey={({ itemId }) => itemId} rows={data.tallyChanges} columns={[
              { head: 'Item', kind: 'primary', cell: ({ itemId }) => <Untrusted text={itemTitle(itemId)} max={60} /> },
              { head: 'Now', kind: 'number', cell: ({ before }) => figure(before) },
              { head: 'After', kind: 'number', cell: ({ after }) => figure(after) },
            ]} />
          )}
        </div>
      )}
    </ReasonDialog>
  )
}
