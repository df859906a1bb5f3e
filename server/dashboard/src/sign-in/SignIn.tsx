/** Name and password, a code where one is set up, and another password where somebody else set the present one. */
import { useState } from 'preact/hooks'
import type { Account } from '../../../contract/account.ts'
import { Problem, post, resume } from '../app/api.ts'
import { useAction } from '../app/load.ts'
import { Field } from '../components/Field.tsx'
import { PasswordField } from '../components/PasswordField.tsx'
import { ChoosePassword } from './ChoosePassword.tsx'
import { Refusal } from './Refusal.tsx'
import { nextPlace } from './next-place.ts'

type Typed = InputEvent & { currentTarget: HTMLInputElement }
const TITLES = { password: 'Sign in', code: 'One more step', choose: 'Choose your own password' } as const

export function SignIn() {
  const [step, setStep] = useState<'password' | 'code' | 'choose'>('password')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const signIn = useAction(async () => {
    const account = await post<Account>('/operator/v1/session', { name, password, ...(step === 'code' ? { code } : {}) }).catch((cause: unknown) => {
      if (!(cause instanceof Problem) || cause.code !== 'totp_required') throw cause
    })
    if (account === undefined) {
      setStep('code')
      return
    }
    resume(account)
    if (account.passwordIsTemporary) setStep('choose')
    else go()
  })
  const back = (): void => {
    setStep('password')
    setCode('')
    setPassword('')
    signIn.clear()
  }
  return (
    <main class="sign-in">
      <div class="panel">
        <header><img src="/dashboard/sign-in/favicon.svg" alt="" /><span>Truetally</span></header>
        <h1>{TITLES[step]}</h1>
        {step === 'choose' ? <ChoosePassword current={password} onChosen={go} /> : (
          <form class="form" onSubmit={(event) => { event.preventDefault(); void signIn.run() }}>
            {step === 'password' ? (
              <>
                <Field label="Name"><input type="text" required maxLength={200} autoComplete="username" autocapitalize="none" spellcheck={false} autofocus value={name} onInput={(event: Typed) => setName(event.currentTarget.value)} /></Field>
                <PasswordField label="Password" value={password} onChange={setPassword} />
              </>
            ) : (
              <Field label="Code of your authenticator app" hint="Six digits. They change every half minute.">
                <input type="text" required maxLength={20} inputMode="numeric" autoComplete="one-time-code" ref={focusOnce} value={code} onInput={(event: Typed) => setCode(event.currentTarget.value)} />
              </Field>
            )}
            <Refusal problem={signIn.problem} step={step} />
            <button type="submit" class="button primary" aria-busy={signIn.busy}>Sign in</button>
            {step === 'code' && <button type="button" class="button quiet" onClick={back}>Sign in as somebody else</button>}
          </form>
        )}
      </div>
      {step === 'password' && <p class="small muted">No way in? Another admin can reset your password, and so can <code>truetally operator reset</code> on the server.</p>}
    </main>
  )
}

const go = (): void => location.assign(nextPlace(new URL(location.href)))

/** The step appears where the one before was: the keyboard goes along with it. */
function focusOnce(input: HTMLInputElement | null): void {
  if (input === null || input.dataset['focused'] !== undefined) return
  input.dataset['focused'] = ''
  input.focus()
}
