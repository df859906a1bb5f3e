/** A labelled control with its hint and its error, tied together for assistive technology. */
import { cloneElement, type ComponentChildren, type VNode } from 'preact'
import { useId, useState } from 'preact/hooks'

/** @param props.children exactly one input, select or textarea */
export function Field({ label, hint, error, children }: { label: string; hint?: ComponentChildren; error?: string | undefined; children: VNode<Record<string, unknown>> }) {
  const id = useId()
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {cloneElement(children, { id, ...(described === '' ? {} : { 'aria-describedby': described }), ...(error === undefined ? {} : { 'aria-invalid': 'true' }) })}
      {hint !== undefined && <span class="hint" id={`${id}-hint`}>{hint}</span>}
      {error !== undefined && <span class="error" id={`${id}-error`} role="alert">{error}</span>}
    </div>
  )
}

export function Choice({ label, hint, type = 'checkbox', ...rest }: { label: ComponentChildren; hint?: ComponentChildren; type?: 'checkbox' | 'radio'; name?: string; value?: string; checked: boolean; disabled?: boolean; onChange: (checked: boolean) => void }) {
  const id = useId()
  const { onChange, ...attributes } = rest
  return (
    <div class="choice">
      <input id={id} type={type} {...attributes} {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })} onChange={(event) => onChange(event.currentTarget.checked)} />
      <div class="field">
        <label for={id}>{label}</label>
        {hint !== undefined && <span class="hint" id={`${id}-hint`}>{hint}</span>}
      </div>
    </div>
  )
}

/** A filter that is one of a few. `''` is any of them. */
export function SelectField({ label, value, options, any = 'any', onChange, hint }: { label: string; value: string | undefined; options: readonly (string | readonly [string, string])[]; any?: string | null; onChange: (value: string) => void; hint?: string }) {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      <select value={value ?? ''} onChange={(event) => onChange(event.currentTarget.value)}>
        {any !== null && <option value="">{any}</option>}
        {options.map((option) => {
          const [id, title] = typeof option === 'string' ? [option, option.replaceAll('_', ' ')] : option
          return <option key={id} value={id} selected={id === value}>{title}</option>
        })}
      </select>
    </Field>
  )
}

/** A text filter that is applied on Enter or on leaving it, not with every letter. */
export function TextField({ label, value, placeholder, onCommit, hint }: { label: string; value: string | undefined; placeholder?: string; onCommit: (value: string) => void; hint?: string }) {
  const [draft, setDraft] = useState<string | undefined>()
  const commit = (): void => {
    if (draft !== undefined && draft.trim() !== (value ?? '')) onCommit(draft.trim())
    setDraft(undefined)
  }
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      <input type="text" autoComplete="off" spellcheck={false} value={draft ?? value ?? ''} {...(placeholder === undefined ? {} : { placeholder })} onInput={(event) => setDraft(event.currentTarget.value)}
        onBlur={commit} onKeyDown={(event) => { if (event.key === 'Enter') commit() }} />
    </Field>
  )
}
