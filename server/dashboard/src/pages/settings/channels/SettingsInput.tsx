import type { Problem } from '../../../app/api.ts'
import { Choice, Field, SelectField } from '../../../components/Field.tsx'
import { type SettingsField, isAbout } from './channel-fields.ts'

type Typed = InputEvent & { currentTarget: HTMLInputElement | HTMLTextAreaElement }

/** One field of a channel’s settings, as its type wants it. @param keeps it is a channel that exists: what is secret stays unless typed again */
export function SettingsInput({ field, value, keeps, problem, onChange }: { field: SettingsField; value: string; keeps: boolean; problem: Problem | undefined; onChange: (text: string) => void }) {
  const { label, hint, type = 'text', options, optional = false, secret = false } = field
  if (type === 'flag') return <Choice label={label} checked={value === 'true'} onChange={(on) => onChange(String(on))} />
  if (options !== undefined) return <SelectField label={label} value={value} any={null} options={options} onChange={onChange} />
  const fault = problem?.errors.find((error) => isAbout(error, field))?.detail
  const stays = keeps && secret ? 'Left empty, it stays as it is.' : undefined
  const said = [hint, stays, optional && !keeps ? 'Not required.' : undefined].filter((text) => text !== undefined).join(' ')
  const common = { value, required: !optional && !(keeps && secret), spellcheck: false, onInput: (event: Typed) => onChange(event.currentTarget.value) }
  return (
    <Field label={label} error={fault} {...(said === '' ? {} : { hint: said })}>
      {type === 'long' || type === 'headers' ? <textarea class="mono" rows={3} autoComplete="off" {...common} />
        : type === 'password' ? <input type="password" autoComplete="new-password" {...common} />
          : type === 'number' ? <input type="number" autoComplete="off" {...common} /> : <input type="text" autoComplete="off" {...common} />}
    </Field>
  )
}
