import { useState } from 'preact/hooks'
import type { Static } from 'typebox'
import type { OperatorTokenCreated } from '../../../../../contract/account.ts'
import { ROLES, type Role } from '../../../../../contract/primitives.ts'
import { useAccount, useCan } from '../../../app/account.ts'
import { Problem, post } from '../../../app/api.ts'
import { useAction, useDraft } from '../../../app/load.ts'
import { Dialog } from '../../../components/Dialog.tsx'
import { Field, SelectField } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { PasswordField } from '../../../components/PasswordField.tsx'

type Created = Static<typeof OperatorTokenCreated>
const DAY_MS = 86_400_000
const LENGTHS = [['1', 'a day'], ['30', '30 days'], ['90', '90 days'], ['365', 'a year']] as const

type Typed = InputEvent & { currentTarget: HTMLInputElement }

export function NewToken({ totp, onMade, onClose }: { totp: boolean; onMade: (made: Created) => void; onClose: () => void }) {
  const { projects, projectId } = useAccount()
  const can = useCan()
  const [name, setName, forget] = useDraft('new-token')
  const [role, setRole] = useState<Role>('viewer')
  const [project, setProject] = useState('')
  const [days, setDays] = useState('90')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  // Set up since, in another window.
  const [asksCode, setAsksCode] = useState(totp)
  const make = useAction(async () => {
    const expiresAt = Date.now() + Number(days) * DAY_MS
    const made = await post<Created>('/operator/v1/account/tokens', {
      name, role, expiresAt, password, ...(project === '' ? {} : { project }), ...(asksCode ? { code } : {}),
    }).catch((cause: unknown) => {
      if (cause instanceof Problem && cause.code === 'totp_required') setAsksCode(true)
      throw cause
    })
    forget()
    onMade(made)
  })
  const wrongPassword = make.problem?.code === 'password_wrong' ? 'This is not your password.' : undefined
  const wrongCode = make.problem?.code === 'totp_code_wrong' ? 'That code was not taken. Each counts once: wait for the next.' : undefined
  return (
    <Dialog title="New token" onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); void make.run() }}>
        <p>For a script of yours. It does what you may do, and no more than the role you give it; when you may less, so may it.</p>
        <Field label="What it is for"><input type="text" required maxLength={100} value={name} onInput={(event: Typed) => setName(event.currentTarget.value)} /></Field>
        <SelectField label="Role" any={null} value={role} options={ROLES.filter(can)} onChange={(chosen) => setRole(chosen as Role)} />
        {projectId === null && projects.length > 1 && (
          <SelectField label="Project" any="every project" value={project} options={projects.map(({ publicKey, name: title }) => [publicKey, title] as const)} onChange={setProject} />
        )}
        <SelectField label="Ends after" any={null} value={days} options={LENGTHS} onChange={setDays} />
        <PasswordField label="Your password" hint="A token outlives your session, so show that it is you." value={password} onChange={setPassword} error={wrongPassword} />
        {asksCode && (
          <Field label="Code of your authenticator app" error={wrongCode}>
            <input type="text" required maxLength={20} inputMode="numeric" autoComplete="one-time-code" value={code} onInput={(event: Typed) => setCode(event.currentTarget.value)} />
          </Field>
        )}
        {wrongPassword === undefined && wrongCode === undefined && <ProblemNote problem={make.problem} />}
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" aria-busy={make.busy}>Make it</button>
        </div>
      </form>
    </Dialog>
  )
}
