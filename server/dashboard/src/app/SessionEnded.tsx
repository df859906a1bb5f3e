/** The session ended while somebody was at work: they sign in over the page, and what waited is sent. */
import { useState } from 'preact/hooks'
import type { Account } from '../../../contract/account.ts'
import { Dialog } from '../components/Dialog.tsx'
import { Field } from '../components/Field.tsx'
import { ProblemNote } from '../components/Loading.tsx'
import { post, resume, session } from './api.ts'
import { useAction } from './load.ts'
import { useStore } from './store.ts'

export function SessionEnded() {
  const { state } = useStore(session)
  return state === 'ended' ? <SignInAgain /> : null
}

function SignInAgain() {
  const [fields, setFields] = useState({ name: '', password: '', code: '' })
  const signIn = useAction(async () => {
    const { name, password, code } = fields
    const account = await post<Account>('/operator/v1/session', { name, password, ...(code === '' ? {} : { code }) })
    if (account.passwordIsTemporary) location.assign('/dashboard/sign-in')
    else resume(account)
  })
  const wantsCode = signIn.problem?.code === 'totp_required' || fields.code !== ''
  const change = (name: keyof typeof fields) => (event: InputEvent & { currentTarget: HTMLInputElement }) => setFields({ ...fields, [name]: event.currentTarget.value })
  return (
    <Dialog title="Your session has ended">
      <form class="form" onSubmit={(event) => { event.preventDefault(); void signIn.run() }}>
        <p>Sign in again to go on. What you were doing is kept and sent then.</p>
        <Field label="Name"><input type="text" required autoComplete="username" autocapitalize="none" value={fields.name} onInput={change('name')} /></Field>
        <Field label="Password"><input type="password" required autoComplete="current-password" value={fields.password} onInput={change('password')} /></Field>
        {wantsCode && <Field label="Code of your authenticator"><input type="text" inputMode="numeric" autoComplete="one-time-code" value={fields.code} onInput={change('code')} /></Field>}
        <ProblemNote problem={signIn.problem?.code === 'totp_required' && fields.code === '' ? undefined : signIn.problem} />
        <div class="form-actions">
          <button type="button" class="button" onClick={() => location.assign('/dashboard/sign-in')}>Leave, and send nothing</button>
          <button type="submit" class="button primary" aria-busy={signIn.busy}>Sign in</button>
        </div>
      </form>
    </Dialog>
  )
}
