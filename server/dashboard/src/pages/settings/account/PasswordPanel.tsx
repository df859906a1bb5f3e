import { useState } from 'preact/hooks'
import { put } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { say } from '../../../app/toasts.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { Panel } from '../../../components/Page.tsx'
import { PasswordField } from '../../../components/PasswordField.tsx'

export function PasswordPanel({ onChanged }: { onChanged: () => void }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useAction(async () => {
    await put('/operator/v1/account/password', { current, next })
    setCurrent('')
    setNext('')
    say({ text: 'Your password is changed. Everywhere else you are signed out, and your tokens are revoked.' })
    onChanged()
  })
  const code = change.problem?.code
  const [currentFault, nextFault] = [code === 'password_wrong' ? 'This is not your present password.' : undefined, code === 'invalid_password' ? change.problem?.message : undefined]
  return (
    <Panel title="Password">
      <form class="form" onSubmit={(event) => { event.preventDefault(); void change.run() }}>
        <PasswordField label="Present password" value={current} onChange={setCurrent} error={currentFault} />
        <PasswordField label="New password" kind="new" hint="At least 12 characters, of any kind." value={next} onChange={setNext} error={nextFault} />
        {currentFault === undefined && nextFault === undefined && <ProblemNote problem={change.problem} />}
        <p class="small muted">It signs you out everywhere else, and revokes your tokens: whoever knew the old one may have made some.</p>
        <div class="form-actions"><button type="submit" class="button primary" aria-busy={change.busy}>Change password</button></div>
      </form>
    </Panel>
  )
}
