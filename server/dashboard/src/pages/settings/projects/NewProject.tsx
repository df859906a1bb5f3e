import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import type { Project, ProjectCreated } from '../../../../../contract/operator.ts'
import { post } from '../../../app/api.ts'
import { useAction, useDraft } from '../../../app/load.ts'
import { Dialog } from '../../../components/Dialog.tsx'
import { Field } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { legible } from '../../../components/Untrusted.tsx'
import { OriginsField, originsOf } from './OriginsField.tsx'
import { SecretOnce } from './SecretOnce.tsx'

type Created = Static<typeof ProjectCreated>

/** Makes a project, and shows its secret before the dialog can go away. */
export function NewProject({ onClose, created, open }: { onClose: () => void; created: (project: Project) => void; open: (project: Project) => void }) {
  const [name, setName, forgetName] = useDraft('new-project-name')
  const [origins, setOrigins, forgetOrigins] = useDraft('new-project-origins')
  const [made, setMade] = useState<Created | undefined>()
  const action = useAction(async () => {
    const answer = await post<Created>('/operator/v1/projects', { name: name.trim(), origins: originsOf(origins) })
    setMade(answer)
    forgetName()
    forgetOrigins()
    const { kid: _kid, identitySecret: _secret, ...project } = answer
    created(project)
  })
  if (made !== undefined) {
    return <SecretOnce title={`${legible(made.name, 80)} is there`} kid={made.kid} secret={made.identitySecret} onClose={() => { onClose(); open(made) }} />
  }
  return (
    <Dialog title="New project" onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); if (name.trim() !== '') void action.run() }}>
        <Field label="Name" hint="Visitors see it above the board."><input type="text" required maxLength={100} autoComplete="off" value={name} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setName(event.currentTarget.value)} /></Field>
        <OriginsField text={origins} onChange={setOrigins} problem={action.problem} />
        <ProblemNote problem={action.problem} />
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={name.trim() === ''} aria-busy={action.busy}>Make it</button>
        </div>
      </form>
    </Dialog>
  )
}
