import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import type { Operator, OperatorChanged, OperatorPatch } from '../../../../../contract/account.ts'
import type { Role } from '../../../../../contract/primitives.ts'
import { useAccount } from '../../../app/account.ts'
import { patch } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { Dialog } from '../../../components/Dialog.tsx'
import { Choice } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Untrusted } from '../../../components/Untrusted.tsx'
import { ReachFields } from './ReachFields.tsx'

type Changed = Static<typeof OperatorChanged>

export function ChangeOperator({ person, onChanged, onClose }: { person: Operator; onChanged: (changed: Changed) => void; onClose: () => void }) {
  const { projects } = useAccount()
  const own = projects.find(({ id }) => id === person.projectId)?.publicKey ?? ''
  const [role, setRole] = useState<Role>(person.role)
  const [project, setProject] = useState(own)
  const [disabled, setDisabled] = useState(person.disabledAt !== null)
  const [resetPassword, setResetPassword] = useState(false)
  const [resetTotp, setResetTotp] = useState(false)
  const change: OperatorPatch = {
    ...(role === person.role ? {} : { role }), ...(project === own ? {} : { project: project === '' ? null : project }),
    ...(disabled === (person.disabledAt !== null) ? {} : { disabled }), ...(resetPassword ? { resetPassword } : {}), ...(resetTotp ? { resetTotp } : {}),
  }
  const none = Object.keys(change).length === 0
  const save = useAction(async () => {
    const changed = await patch<Changed>(`/operator/v1/operators/${person.id}`, change)
    say({ text: `${person.name} is changed, and signed out everywhere.` })
    onChanged(changed)
  })
  return (
    <Dialog title="Change what somebody may" onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); if (!none) void save.run() }}>
        <p><strong><Untrusted text={person.name} max={60} /></strong> <code>{person.actor}</code></p>
        <ReachFields role={role} project={project} onRole={setRole} onProject={setProject} />
        <Choice label="Disabled" hint="They cannot sign in, and their own tokens are revoked for good. Nothing of what they did changes." checked={disabled} onChange={setDisabled} />
        <Choice label="Give them a new password" hint="Shown once; they replace it at the first sign-in. Their sessions and their own tokens end." checked={resetPassword} onChange={setResetPassword} />
        {person.totp && <Choice label="Remove their second factor" hint="For a lost phone. Make sure that it is they who ask." checked={resetTotp} onChange={setResetTotp} />}
        <p class="small muted">{none ? 'Nothing is changed yet.' : 'It holds at once, and ends all their sessions.'}</p>
        <ProblemNote problem={save.problem} />
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class={`button primary ${disabled && person.disabledAt === null ? 'danger' : ''}`} disabled={none} aria-busy={save.busy}>Save</button>
        </div>
      </form>
    </Dialog>
  )
}
