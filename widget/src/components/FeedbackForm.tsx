/**
 * The feedback form. Its fields hold their own text, so nothing written is lost when sending fails. While it is being sent they take
 * none, which would be in what was sent no more, and cleared with it. They are read-only then, not disabled: that would drop the focus.
 */
import type { FeedbackKind } from '../../../server/contract/primitives.ts'
import type { Problem } from '../api.ts'
import type { CreateForm } from '../lazy-form.ts'
import type { MessageKey } from '../messages/en.ts'
import type { FeedbackDraft } from '../store.ts'

const KINDS: readonly FeedbackKind[] = ['idea', 'bug', 'praise', 'other']

function readDraft(form: HTMLFormElement): FeedbackDraft {
  const fields = new FormData(form)
  const text = (name: string) => String(fields.get(name)).trim()
  const body = text('body')
  const email = text('email')
  return { kind: text('kind') as FeedbackKind, title: text('title'), ...(body && { body }), ...(email && { email }) }
}

/** A form that somebody waited for takes the focus, unless they have gone elsewhere meanwhile. */
function takeFocus(form: HTMLElement, asked: boolean): void {
  const { activeElement } = form.getRootNode() as ShadowRoot
  const waiting = activeElement ? activeElement.matches('[aria-expanded]') || activeElement.contains(form) : asked
  if (waiting) form.querySelector<HTMLElement>('[name=title]')?.focus()
}

export const createFeedbackForm: CreateForm = (view, close) => {
  const { store, translate, explain, witness } = view
  let phase: 'writing' | 'sending' | 'sent' = 'writing'
  let problem: Problem | undefined
  /** Names of the fields that need another look. */
  let wrong: readonly string[] = []
  let element: HTMLElement | null = null

  function attach(form: HTMLElement | null): void {
    element = form
    if (form) takeFocus(form, Boolean(close))
  }

  function show(next: typeof phase, focus?: string): void {
    phase = next
    view.refresh()
    if (focus) element?.querySelector<HTMLElement>(focus)?.focus()
  }

  async function submit(event: SubmitEvent & { currentTarget: HTMLFormElement }): Promise<void> {
    event.preventDefault()
    if (phase === 'sending') return
    const form = event.currentTarget
    const draft = readDraft(form)
    problem = undefined
    wrong = [...(draft.title ? [] : ['title']), ...(form.querySelector('[name=email]:invalid') ? ['email'] : [])]
    if (wrong.length === 0) {
      const cast = witness(event)
      show('sending')
      try {
        await store.sendFeedback(draft, cast)
        form.reset()
        show('sent', '[tabindex]')
        return
      } catch (cause) {
        problem = cause as Problem
        // The server's pointers begin with the part of the request: /body/email.
        wrong = ['title', 'email'].filter((name) => problem?.pointers.some((pointer) => pointer.endsWith(`/${name}`)))
      }
    }
    show('writing', wrong[0] && `[name=${wrong[0]}]`)
  }

  /** Behind a shadow root the page cannot tell that somebody is typing: its shortcuts would fire on every letter. */
  function typed(event: KeyboardEvent): void {
    event.stopPropagation()
    if (event.type === 'keydown' && event.key === 'Escape') close?.()
  }

  /** No radio button can be read-only; but a click that is called off changes nothing, and arrow keys click. */
  function choose(event: Event): void {
    if (phase === 'sending') event.preventDefault()
  }

  const attributes = (name: string) => ({
    id: name,
    name,
    readOnly: phase === 'sending',
    ...(wrong.includes(name) && { 'aria-invalid': true, 'aria-describedby': `${name}-error` }),
  })

  const label = (name: string, key: MessageKey, required = false) => (
    <label for={name}>
      {translate(key)} {!required && <span class="muted">({translate('optional')})</span>}
    </label>
  )

  const complaint = (name: string, key: MessageKey) =>
    wrong.includes(name) && <span class="error" id={`${name}-error`}>{translate(key)}</span>

  return () => (
    <div ref={attach} role="presentation" onKeyDown={typed} onKeyPress={typed} onKeyUp={typed}>
      <form class="form" noValidate aria-label={translate('feedback')} aria-busy={phase === 'sending'} hidden={phase === 'sent'} onSubmit={submit}>
        <fieldset aria-disabled={phase === 'sending'}>
          <legend>{translate('feedbackKind')}</legend>
          <div class="kinds">
            {KINDS.map((kind, index) => (
              <label key={kind}>
                <input type="radio" name="kind" value={kind} defaultChecked={index === 0} onClick={choose} />
                <span>{translate(`kind_${kind}`)}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <p class="field">
          {label('title', 'feedbackTitle', true)}
          <input {...attributes('title')} required maxLength={200} autocomplete="off" />
          {complaint('title', 'titleMissing')}
        </p>
        <p class="field">
          {label('body', 'feedbackBody')}
          <textarea {...attributes('body')} rows={4} maxLength={5000} />
        </p>
        <p class="field">
          {label('email', 'feedbackEmail')}
          <input {...attributes('email')} type="email" maxLength={254} autocomplete="email" />
          {complaint('email', 'emailInvalid')}
        </p>
        <output class="error">{problem && phase === 'writing' && `${translate('feedbackNotSent')} ${explain(problem)}`}</output>
        <div class="actions">
          <button type="submit" class="solid" aria-disabled={phase === 'sending'}>
            {translate(phase === 'sending' ? 'sending' : 'send')}
          </button>
          {close && <button type="button" onClick={close}>{translate('cancel')}</button>}
        </div>
      </form>
      <div class="form" hidden={phase !== 'sent'}>
        <output tabIndex={-1}>{phase === 'sent' && <b>{translate('feedbackSent')}</b>}</output>
        <div class="actions">
          <button type="button" onClick={() => show('writing', '[name=title]')}>{translate('feedbackMore')}</button>
          {close && <button type="button" onClick={close}>{translate('done')}</button>}
        </div>
      </div>
    </div>
  )
}
