/** Makes a channel, or changes one. What is secret is never shown again; left empty it stays as it is. */
import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import type { Channel, ChannelCreated, ChannelKind } from '../../../../../contract/channel.ts'
import { useAccount } from '../../../app/account.ts'
import { patch, post } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { Dialog } from '../../../components/Dialog.tsx'
import { Field, SelectField } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { ShownOnce } from '../../../components/ShownOnce.tsx'
import { legible } from '../../../components/Untrusted.tsx'
import { Routing, type RoutingDraft, routingOf } from './Routing.tsx'
import { SettingsInput } from './SettingsInput.tsx'
import { FIELDS, KINDS, draftOf, isAbout, settingsOf } from './channel-fields.ts'

type Created = Static<typeof ChannelCreated>

const NEW: RoutingDraft = { severities: ['low', 'medium', 'high', 'critical'], rules: null, escalationsOnly: false, allowPrivate: false }

export function ChannelDialog({ channel, onClose, saved }: { channel?: Channel; onClose: () => void; saved: (channel: Channel) => void }) {
  const { projects, projectId } = useAccount()
  const [kind, setKind] = useState<ChannelKind>(channel?.kind ?? 'webhook')
  const [name, setName] = useState(channel?.name ?? '')
  const [project, setProject] = useState(channel?.project ?? projectId ?? '')
  const [settings, setSettings] = useState(() => draftOf(kind, channel))
  const [routing, setRouting] = useState<RoutingDraft>(channel === undefined ? NEW : routingOf(channel))
  const [made, setMade] = useState<Created | undefined>()
  const finish = (next: Channel): void => {
    onClose()
    saved(next)
  }
  const action = useAction(async () => {
    const { allowPrivate, ...rest } = routing
    const told = { name: name.trim(), ...rest, ...(projectId === null ? { allowPrivate } : {}) }
    const changed = settingsOf(kind, settings)
    if (channel !== undefined) {
      finish(await patch<Channel>(`/operator/v1/channels/${channel.id}`, { ...told, ...(sameSettings(changed, settingsOf(kind, draftOf(kind, channel))) ? {} : { settings: changed }) }))
      return
    }
    const answer = await post<Created>('/operator/v1/channels', { kind, ...told, ...(project === '' ? {} : { project }), settings: changed })
    if (answer.secret === undefined) finish(answer)
    else setMade(answer)
  })
  const faults = action.problem?.errors ?? []
  const marked = faults.length > 0 && faults.every((fault) => FIELDS[kind].some((field) => isAbout(fault, field)))
  if (made?.secret !== undefined) {
    return (
      <ShownOnce title={`${legible(made.name, 80)} is there`} secret={made.secret} onClose={() => finish(made)}>
        <p>The receiver checks signatures with this secret.</p>
      </ShownOnce>
    )
  }
  return (
    <Dialog title={channel === undefined ? 'New channel' : `Change ${channel.name}`} onClose={onClose} wide>
      <form class="form" autoComplete="off" onSubmit={(event) => { event.preventDefault(); if (name.trim() !== '') void action.run() }}>
        <div class="columns">
          <div class="form">
            {channel === undefined && (
              <SelectField label="Kind" value={kind} any={null} options={(Object.keys(KINDS) as ChannelKind[]).map((id) => [id, KINDS[id].title] as const)} hint={KINDS[kind].hint}
                onChange={(next) => { setKind(next as ChannelKind); setSettings(draftOf(next as ChannelKind)) }} />
            )}
            <Field label="Name"><input type="text" required maxLength={100} autoComplete="off" value={name} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setName(event.currentTarget.value)} /></Field>
            {channel === undefined && projectId === null && <SelectField label="Alerts of" value={project} any="all projects, and of the installation" options={projects.map(({ id, name: title }) => [id, title] as const)} onChange={setProject} />}
            {FIELDS[kind].map((field) => (
              <SettingsInput key={`${kind} ${field.path}`} field={field} value={settings[field.path] ?? ''} keeps={channel !== undefined} problem={action.problem}
                onChange={(text) => setSettings((before) => ({ ...before, [field.path]: text }))} />
            ))}
          </div>
          <Routing draft={routing} onChange={(part) => setRouting((before) => ({ ...before, ...part }))} private={projectId === null} />
        </div>
        {marked ? <div class="note bad" role="alert"><p>Not kept yet: see what is marked above.</p></div> : <ProblemNote problem={action.problem} />}
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={name.trim() === '' || routing.severities.length === 0} aria-busy={action.busy}>{channel === undefined ? 'Make it' : 'Save'}</button>
        </div>
      </form>
    </Dialog>
  )
}

const sameSettings = (one: object, other: object): boolean => JSON.stringify(one) === JSON.stringify(other)
