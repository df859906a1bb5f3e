/** Who changed what, from where, and whether that is still what was written. */
import type { ActorsAnswer } from '../../../../../contract/account.ts'
import type { AuditAnswer, AuditEntry } from '../../../../../contract/audit.ts'
import { useAccount, useProjectName } from '../../../app/account.ts'
import { get } from '../../../app/api.ts'
import { useLoad, usePages } from '../../../app/load.ts'
import { useProject, useView } from '../../../app/query.ts'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { Field, SelectField } from '../../../components/Field.tsx'
import { Panel } from '../../../components/Page.tsx'
import { Time } from '../../../components/Time.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { ACTIONS, actionWords, subjectOf } from './actions.ts'
import './audit.css'
import { BriefChange } from './Diff.tsx'
import { EntryDialog } from './EntryDialog.tsx'
import { Verification } from './Verification.tsx'

const DAY_MS = 86_400_000

const COLUMNS: Column<AuditEntry>[] = [
  { head: 'What', kind: 'primary', cell: (row) => <What {...row} /> },
  { head: 'Change', cell: (row) => <BriefChange before={row.before} after={row.after} /> },
  { head: 'Who', cell: (row) => <><Untrusted text={row.actorName} max={60} /><div class="small muted">{row.actor}</div></> },
  { head: 'Project', cell: (row) => <ProjectName id={row.projectId} /> },
  { head: 'When', kind: 'tight', cell: (row) => <Time at={row.at} /> },
]

export default function Audit() {
  const { projectId } = useAccount()
  const { query, set, href } = useView()
  const { project } = useProject()
  const { actor, action, entry } = query
  const since = instantOf(query['since'])
  const until = instantOf(query['until'])
  const actors = useLoad(async (signal) => (await get<ActorsAnswer>('/operator/v1/actors', {}, signal)).actors, [])
  const entries = usePages<AuditEntry>(async (cursor, signal) => {
    const answer = await get<AuditAnswer>('/operator/v1/audit', { project, actor, action, since, until, cursor }, signal)
    return { rows: answer.entries, nextCursor: answer.nextCursor }
  }, [project, actor, action, since, until])
  const people: [string, string][] = (actors.data ?? []).map(({ actor: id, name }) => [id, `${name} (${id})`])
  const chosen: [string, string][] = actor === undefined || people.some(([id]) => id === actor) ? [] : [[actor, actor]]
  const filtered = [actor, action, since, until, project].some((value) => value !== undefined)

  return (
    <>
      {projectId === null && <Verification />}
      <Panel title="Entries" flush>
        <div class="filters audit-inset">
          <SelectField label="Who" any="anybody" value={actor} options={[['command line', 'command line'], ...people, ...chosen]} onChange={(value) => set({ actor: value })} />
          <SelectField label="What" any="any change" value={action} options={Object.entries(ACTIONS)} onChange={(value) => set({ action: value })} />
          <DayField label="From" at={since} onChange={(at) => set({ since: at })} />
          <DayField label="To" at={until === undefined ? undefined : until - 1} onChange={(at) => set({ until: at === undefined ? undefined : at + DAY_MS })} />
        </div>
        <DataTable caption="Changes, newest first" columns={COLUMNS} {...entries} rowKey={({ id }) => id} active={entry}
          empty={filtered ? <>Nobody changed that then. <a href={href({ actor: null, action: null, since: null, until: null, project: null })}>All changes</a></> : 'Nobody has changed anything yet.'} />
        <p class="small muted audit-inset">What rules did by themselves is not here but among the responses of their alerts. Times are of the server that wrote them.</p>
      </Panel>
      {entry !== undefined && <EntryDialog key={entry} id={entry} known={entries.rows?.find(({ id }) => id === entry)} onClose={() => set({ entry: null })} />}
    </>
  )
}

function What({ id, action, target }: AuditEntry) {
  const { href } = useView()
  return <><a href={href({ entry: id })}>{actionWords(action)}</a><div class="small muted">{subjectOf(action, target)}<Untrusted text={target} max={60} /></div></>
}

const ProjectName = ({ id }: { id: string | null }) => <Untrusted text={useProjectName()(id)} max={60} />

const instantOf = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined)

/** A day in the reader’s time zone, as the instant at which it begins. */
function DayField({ label, at, onChange }: { label: string; at: number | undefined; onChange: (at: number | undefined) => void }) {
  const begins = at === undefined ? undefined : new Date(at)
  const value = begins === undefined ? '' : [begins.getFullYear(), begins.getMonth() + 1, begins.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
  const commit = (text: string): void => {
    const [year = 0, month = 1, day = 1] = text.split('-').map(Number)
    onChange(text === '' ? undefined : new Date(year, month - 1, day).getTime())
  }
  return <Field label={label}><input type="date" value={value} onChange={(event: Event & { currentTarget: HTMLInputElement }) => commit(event.currentTarget.value)} /></Field>
}
