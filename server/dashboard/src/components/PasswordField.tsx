/** A password as it is typed: hidden or shown, pasted or remembered by the browser, with a word about Caps Lock. */
import { useId, useState } from 'preact/hooks'
import './password-field.css'

interface Props {
  label: string
  value: string
  onChange: (value: string) => void
  /** `new` keeps a browser from filling in the present one. */
  kind?: 'current' | 'new'
  hint?: string
  error?: string | undefined
  focus?: boolean
}

export function PasswordField({ label, value, onChange, kind = 'current', hint, error, focus = false }: Props) {
  const id = useId()
  const [shown, setShown] = useState(false)
  const [capsLock, setCapsLock] = useState(false)
  const watchCapsLock = (event: KeyboardEvent): void => setCapsLock(event.getModifierState('CapsLock'))
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div class="field password-field">
      <label for={id}>{label}</label>
      <div class="password-frame">
        <input id={id} {...(shown ? { type: 'text' as const } : { type: 'password' as const })} required autoComplete={kind === 'new' ? 'new-password' : 'current-password'} autocapitalize="none" spellcheck={false} maxLength={1000}
          ref={(input) => { if (focus && input !== null && input.dataset['focused'] === undefined) { input.dataset['focused'] = ''; input.focus() } }}
          value={value} onInput={(event) => onChange(event.currentTarget.value)} onKeyDown={watchCapsLock} onKeyUp={watchCapsLock}
          {...(described === '' ? {} : { 'aria-describedby': described })} {...(error === undefined ? {} : { 'aria-invalid': 'true' })} />
        <button type="button" class="button quiet small" aria-pressed={shown} title={shown ? 'Hide it' : 'Show it'} onClick={() => setShown(!shown)}>{shown ? 'Hide' : 'Show'}</button>
      </div>
      {capsLock && <span class="hint" role="status">Caps Lock is on.</span>}
      {hint !== undefined && <span class="hint" id={`${id}-hint`}>{hint}</span>}
      {error !== undefined && <span class="error" id={`${id}-error`} role="alert">{error}</span>}
    </div>
  )
}
