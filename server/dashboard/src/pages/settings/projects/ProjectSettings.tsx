import { useId, useState } from 'preact/hooks'
import type { Project, ProjectPatch } from '../../../../../contract/operator.ts'
import { patch } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { Choice, Field } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { OriginsField, originsOf } from './OriginsField.tsx'
import { DEDUPS, FINGERPRINTS, MODES } from './project-words.ts'
import '../choices.css'

type Draft = Pick<Project, 'name' | 'mode' | 'fingerprint' | 'dedup' | 'anonymousShare'> & { origins: string }
const draftOf = ({ name, mode, fingerprint, dedup, anonymousShare, origins }: Project): Draft => ({ name, mode, fingerprint, dedup, anonymousShare, origins: origins.join('\n') })

/** What differs, and nothing else. */
function changesOf(draft: Draft, project: Project): ProjectPatch {
  const { origins, name, ...choices } = draft
  const listed = originsOf(origins)
  return {
    ...(name.trim() === project.name ? {} : { name: name.trim() }),
    ...Object.fromEntries(Object.entries(choices).filter(([field, value]) => project[field as keyof typeof choices] !== value)),
    ...(listed.length === project.origins.length && listed.every((origin) => project.origins.includes(origin)) ? {} : { origins: listed }),
  }
}

export function ProjectSettings({ project, replace }: { project: Project; replace: (project: Project) => void }) {
  // What is typed or chosen wins over what the server says, until it was sent: an answer may come after the next key.
  const [typed, setTyped] = useState<Partial<Draft>>({})
  const draft = { ...draftOf(project), ...typed }
  const change = (part: Partial<Draft>): void => setTyped((before) => ({ ...before, ...part }))
  const changes = changesOf(draft, project)
  const dirty = Object.keys(changes).length > 0
  const save = useAction(async () => {
    const before = project
    const saved = await patch<Project>(`/operator/v1/projects/${project.id}`, changes)
    replace(saved)
    setTyped((now) => Object.fromEntries(Object.entries(now).filter(([field, value]) => value !== draft[field as keyof Draft])))
    const undo = async (): Promise<string> => {
      const { name, mode, fingerprint, dedup, anonymousShare, origins } = before
      replace(await patch<Project>(`/operator/v1/projects/${project.id}`, { name, mode, fingerprint, dedup, anonymousShare, origins }))
      return `${name} is as it was.`
    }
    say({ text: `${saved.name} is changed, for every page from now on.`, kind: 'good', undo: { run: undo } })
  })
  const dropped = changes.origins === undefined ? [] : project.origins.filter((origin) => !changes.origins?.includes(origin))
  return (
    <Panel title={project.name}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); if (dirty && draft.name.trim() !== '') void save.run() }}>
        <Field label="Name"><input type="text" required maxLength={100} autoComplete="off" value={draft.name} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => change({ name: event.currentTarget.value })} /></Field>
        <OriginsField text={draft.origins} onChange={(origins) => change({ origins })} problem={save.problem} />
        {dropped.length > 0 && <div class="note warn"><p>Pages on {dropped.join(', ')} lose the board at once.</p></div>}
        <Choices label="Who may vote" words={MODES} value={draft.mode} onChange={(mode) => change({ mode })} />
        <Choices label="Browser fingerprint" words={FINGERPRINTS} value={draft.fingerprint} onChange={(fingerprint) => change({ fingerprint })} />
        <Choices label="A further vote that looks like the same device" words={DEDUPS} value={draft.dedup} onChange={(dedup) => change({ dedup })} />
        <AnonymousShare value={draft.anonymousShare} onChange={(anonymousShare) => change({ anonymousShare })} />
        <ProblemNote problem={save.problem} />
        <div class="form-actions">
          {dirty && <button type="button" class="button" onClick={() => { setTyped({}); save.clear() }}>Discard changes</button>}
          <button type="submit" class="button primary" disabled={!dirty || draft.name.trim() === ''} aria-busy={save.busy}>Save</button>
        </div>
      </form>
    </Panel>
  )
}

function Choices<Id extends string>({ label, words, value, onChange }: { label: string; words: Record<Id, { title: string; hint: string }>; value: Id; onChange: (id: Id) => void }) {
  const group = useId()
  return (
    <fieldset class="choices">
      <legend>{label}</legend>
      {(Object.keys(words) as Id[]).map((id) => <Choice key={id} type="radio" name={group} value={id} checked={id === value} label={words[id].title} hint={words[id].hint} onChange={() => onChange(id)} />)}
    </fieldset>
  )
}

/** The share in whole percent; null is no cap. */
function AnonymousShare({ value, onChange }: { value: number | null; onChange: (share: number | null) => void }) {
  return (
    <fieldset class="choices">
      <legend>Votes without an account</legend>
      <Choice label="Cap them" checked={value !== null} onChange={(on) => onChange(on ? 0.5 : null)}
        hint="A tally shows at most this share of them; the others keep their state and show as soon as the cap is raised." />
      {value !== null && (
        <Field label="At most, in percent of a tally" hint={value === 0 ? 'None of them shows.' : value === 0.5 ? 'As many as there are verified votes.' : undefined}>
          <input type="number" min={0} max={99} step={1} value={Math.round(value * 100)} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => onChange(Math.min(0.99, Math.max(0, Number(event.currentTarget.value) / 100 || 0)))} />
        </Field>
      )}
    </fieldset>
  )
}
