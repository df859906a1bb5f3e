/** Silences: what is told to nobody until when, and ending one now. */
import { useState } from 'preact/hooks'
import type { Silence } from '../../../../contract/alert.ts'
import { useCan, useProjectName } from '../../app/account.ts'
import { del, get } from '../../app/api.ts'
import { useAction, useLoad } from '../../app/load.ts'
import { useProject, useView } from '../../app/query.ts'
import { say } from '../../app/toasts.tsx'
import { Badge } from '../../components/Badges.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { SelectField } from '../../components/Field.tsx'
import { ProblemNote } from '../../components/Loading.tsx'
import { Panel } from '../../components/Page.tsx'
import { Time, useNow } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { fieldWords } from '../../app/field-words.ts'
import { SilenceDialog } from './SilenceDialog.tsx'
import type { SilenceList } from './wire.ts'

export function Silences() {
  const { query, set } = useView()
  const { project } = useProject()
  const can = useCan()
  const projectName = useProjectName()
  const now = useNow()
  const [adding, setAdding] = useState(false)
  const standing = query['standing'] === 'false' ? false : query['standing'] === 'all' ? undefined : true
  const silences = useLoad((signal) => get<SilenceList>('/security/v1/silences', { project, standing }, signal), [project, standing])
  const end = useAction(async (silence: Silence) => {
    await del(`/security/v1/silences/${silence.id}`)
    say({ text: 'The silence has ended. What still fires is told again.' })
    silences.reload()
  })
  const columns: Column<Silence>[] = [
    { head: 'Matches', kind: 'primary', cell: ({ matchers }) => <span class="abouts">{matchers.map(({ name, value }) => <span class="about" key={name + value}><span class="muted">{fieldWords(name)}</span> <Untrusted text={value} max={80} /></span>)}</span> },
    { head: 'Reason', cell: ({ reason, actor }) => <><Untrusted text={reason} /><div class="small muted">by <Untrusted text={actor} max={60} /></div></> },
    { head: 'State', kind: 'tight', cell: (silence) => <Badge tone={stateOf(silence, now) === 'stands' ? 'medium' : ''}>{stateOf(silence, now)}</Badge> },
    { head: 'Began', kind: 'tight', cell: ({ startsAt }) => <Time at={startsAt} /> },
    { head: 'Ends', kind: 'tight', cell: ({ endsAt, endedAt }) => <Time at={endedAt ?? endsAt} /> },
    { head: 'Project', cell: ({ projectId }) => (projectId === null ? 'every project' : projectName(projectId)) },
    { head: 'Actions', kind: 'action', cell: (silence) => can('moderator') && silence.endedAt === null && silence.endsAt > now && (
      <button type="button" class="button small" aria-busy={end.busy} onClick={() => void end.run(silence)}>End now</button>
    ) },
  ]
  return (
    <>
      <div class="row spread">
        <div class="filters one"><SelectField label="Shown" any={null} value={query['standing'] ?? 'true'} options={[['true', 'those that stand'], ['false', 'those that have ended'], ['all', 'all']]} onChange={(value) => set({ standing: value === 'true' ? null : value })} /></div>
        {can('moderator') && <button type="button" class="button" onClick={() => setAdding(true)}>Silence alerts</button>}
      </div>
      <ProblemNote problem={end.problem} />
      <Panel flush><DataTable caption="Silences, newest first" columns={columns} {...silences} rows={silences.data?.silences} rowKey={({ id }) => id} empty={standing === true ? 'Nothing is silenced.' : 'There are none.'} /></Panel>
      {adding && <SilenceDialog onDone={silences.reload} onClose={() => setAdding(false)} />}
    </>
  )
}

const stateOf = ({ startsAt, endsAt, endedAt }: Silence, now: number): string =>
  endedAt !== null ? 'ended early' : endsAt <= now ? 'over' : startsAt > now ? 'to come' : 'stands'
