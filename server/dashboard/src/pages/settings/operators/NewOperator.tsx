import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import type { OperatorCreated } from '../../../../../contract/account.ts'
import { ROLES, type Role } from '../../../../../contract/primitives.ts'
import { useAccount } from '../../../app/account.ts'
import { post } from '../../../app/api.ts'
import { useAction, useDraft } from '../../../app/load.ts'
import { Dialog } from '../../../components/Dialog.tsx'
import { Field } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { ReachFields } from './ReachFields.tsx'

type Created = Static<typeof OperatorCreated>

export function NewOperator({ onMade, onClose }: { onMade: (made: Created) => void; onClose: () => void }) {
  const { projects, projectId } = useAccount()
  const [name, setName, forget] = useDraft('new-operator')
  const [role, setRole] = useState<Role>(ROLES[0])
  const [project, setProject] = useState(projectId === null ? '' : projects.find(({ id }) => id === projectId)?.publicKey ?? '')
  const add = useAction(async () => {
    const made = await post<Created>('/operator/v1/operators', { name, role, ...(project === '' ? {} : { project }) })
    forget()
    onMade(made)
  })
  const taken = add.problem?.code === 'operator_exists' ? 'Somebody has this name. Names are compared without case.' : undefined
  return (
    <Dialog title="Add somebody" onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); void add.run() }}>
        <Field label="Name" hint="What they sign in with." error={taken}>
          <input type="text" required maxLength={60} autoComplete="off" value={name} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setName(event.currentTarget.value)} />
        </Field>
        <ReachFields role={role} project={project} onRole={setRole} onProject={setProject} />
        {taken === undefined && <ProblemNote problem={add.problem} />}
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" aria-busy={add.busy}>Add</button>
        </div>
      </form>
    </Dialog>
  )
}
