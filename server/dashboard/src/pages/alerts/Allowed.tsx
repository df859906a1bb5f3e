/** Allowed sources: nothing automatic acts on them. */
import { useState } from 'preact/hooks'
import type { AllowedSource, AllowedSourceRequest } from '../../../../contract/response.ts'
import { useAccount, useCan, useProjectName } from '../../app/account.ts'
import { del, get, post } from '../../app/api.ts'
import { useAction, useDraft, useLoad } from '../../app/load.ts'
import { useProject } from '../../app/query.ts'
import { say } from '../../app/toasts.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Field, SelectField } from '../../components/Field.tsx'
import { ProblemNote } from '../../components/Loading.tsx'
import { Panel } from '../../components/Page.tsx'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Time } from '../../components/Time.tsx'
import { Untrusted } from '../../components/Untrusted.tsx'
import { useEnd } from './EndChoice.tsx'
import type { AllowedList } from './wire.ts'

export function Allowed() {
  const { project } = useProject()
  const { projectId } = useAccount()
  const can = useCan()
  const projectName = useProjectName()
  const [adding, setAdding] = useState(false)
  const sources = useLoad((signal) => get<AllowedList>('/moderation/v1/allowed-sources', { project }, signal), [project])
  const end = useAction(async (source: AllowedSource) => {
    await del(`/moderation/v1/allowed-sources/${source.id}`, { project: source.projectId })
    say({ text: `Rules may act on ${source.network} again.`, ...(source.expiresAt !== null && source.expiresAt <= Date.now() ? {} : { undo: { run: async () => {
      await post('/moderation/v1/allowed-sources', again(source))
      sources.reload()
      return `${source.network} is allowed again.`
    } } }) })
    sources.reload()
  })
  const columns: Column<AllowedSource>[] = [
    { head: 'Network', kind: 'primary', cell: ({ network }) => <Untrusted text={network} /> },
    { head: 'Why', cell: ({ reason, actor }) => <><Untrusted text={reason} /><div class="small muted">by <Untrusted text={actor} max={60} /></div></> },
    { head: 'Where', cell: (source) => (source.projectId === null ? 'every project' : projectName(source.projectId)) },
    { head: 'Since', kind: 'tight', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { head: 'Ends', kind: 'tight', cell: ({ expiresAt }) => (expiresAt === null ? <span class="muted">not by itself</span> : <Time at={expiresAt} />) },
    // What every project allows is taken back by whoever moderates every project.
    { head: 'Actions', kind: 'action', cell: (source) => can('moderator') && (source.projectId !== null || projectId === null) && (
      <button type="button" class="button small" aria-busy={end.busy} onClick={() => void end.run(source)}>No longer allow<span class="visually-hidden"> {source.network}</span></button>
    ) },
  ]
  return (
    <>
      <div class="row spread"><span />{can('moderator') && <button type="button" class="button" onClick={() => setAdding(true)}>Allow a source</button>}</div>
      <ProblemNote problem={end.problem} />
      <Panel flush><DataTable caption="Allowed sources" columns={columns} {...sources} rows={sources.data?.allowedSources} rowKey={({ id }) => id} empty="Rules may act on every source." /></Panel>
      {adding && <AllowDialog onDone={sources.reload} onClose={() => setAdding(false)} />}
    </>
  )
}

const again = ({ network, reason, expiresAt, projectId }: AllowedSource): AllowedSourceRequest =>
  ({ network, reason, ...(expiresAt === null ? {} : { expiresAt }), ...(projectId === null ? {} : { project: projectId }) })

function AllowDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { project } = useProject()
  const { projects, projectId } = useAccount()
  const [network, setNetwork, forget] = useDraft('allow-network')
  const [where, setWhere] = useState(project ?? (projectId === null ? '' : (projects[0]?.publicKey ?? '')))
  const end = useEnd({ open: true })
  const act = async (reason: string): Promise<void> => {
    const expiresAt = end.at()
    if (expiresAt === undefined) throw new Error('The end has to be a moment to come.')
    const body: AllowedSourceRequest = { network: network.trim(), reason, ...(expiresAt === null ? {} : { expiresAt }), ...(where === '' ? {} : { project: where }) }
    const made = await post<AllowedSource>('/moderation/v1/allowed-sources', body)
    forget()
    say({ text: `Nothing automatic acts on ${made.network} any more.`, undo: { run: async () => {
      await del(`/moderation/v1/allowed-sources/${made.id}`, { project: made.projectId })
      onDone()
      return `Rules may act on ${made.network} again.`
    } } })
    onDone()
  }
  return (
    <ReasonDialog title="Allow a source" verb="Allow" draft="allow" ready={network.trim() !== ''} act={act} onClose={onClose}>
      <p>Automatic blocks no longer hold there, at once. A person’s block does, and votes from there are judged like any other.</p>
      <Field label="Network" hint="An address, or CIDR such as 203.0.113.0/24.">
        <input type="text" required maxLength={49} autoComplete="off" spellcheck={false} value={network} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setNetwork(event.currentTarget.value)} />
      </Field>
      {projectId === null && <SelectField label="Where" any="every project" value={where} options={projects.map(({ publicKey, name }) => [publicKey, name] as const)} onChange={setWhere} />}
      {end.fields}
    </ReasonDialog>
  )
}
