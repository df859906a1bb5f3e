import { useState } from 'preact/hooks'
import { put } from '../../../app/api.ts'
import { useAction } from '../../../app/load.ts'
import { Copy } from '../../../components/Copy.tsx'
import { Field } from '../../../components/Field.tsx'
import { ProblemNote } from '../../../components/Loading.tsx'
import { PasswordField } from '../../../components/PasswordField.tsx'
import { QrCode } from './QrCode.tsx'

export function SetUpSecondFactor({ secret, uri, onDone, onCancel }: { secret: string; uri: string; onDone: () => void; onCancel: () => void }) {
  const [code, setCode] = useState('')
  const [password, setPassword] = useState('')
  const confirm = useAction(async () => {
    await put('/operator/v1/account/totp', { code, password })
    onDone()
  })
  const wrong = confirm.problem?.code === 'totp_code_wrong' ? 'That is not the code of now. Does your phone’s clock go right?' : undefined
  const wrongPassword = confirm.problem?.code === 'password_wrong' ? 'This is not your password.' : undefined
  return (
    <form class="form" onSubmit={(event) => { event.preventDefault(); void confirm.run() }}>
      <div class="set-up-totp">
        <QrCode text={uri} label="QR code for an authenticator app. The same secret stands beside it as text." />
        <ol>
          <li>Scan the code with an authenticator app, or type the secret into it:<Copy text={secret} label="Copy the secret" /></li>
          <li>
            <Field label="Code the app shows now" error={wrong}>
              <input type="text" required maxLength={20} inputMode="numeric" autoComplete="one-time-code" value={code} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setCode(event.currentTarget.value)} />
            </Field>
          </li>
          <li><PasswordField label="Your password" hint="Everywhere else you are signed out." value={password} onChange={setPassword} error={wrongPassword} /></li>
        </ol>
      </div>
      {wrong === undefined && wrongPassword === undefined && <ProblemNote problem={confirm.problem} />}
      <div class="form-actions">
        <button type="button" class="button" onClick={onCancel}>Not now</button>
        <button type="submit" class="button primary" aria-busy={confirm.busy}>Turn it on</button>
      </div>
    </form>
  )
}
