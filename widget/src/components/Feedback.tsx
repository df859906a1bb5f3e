/** The feedback form. Its fields are made once and keep their text, so nothing written is lost when sending fails. */
import type { FeedbackKind } from '../../../server/contract/primitives.ts'
import type { Problem } from '../api.ts'
import { createPart, h, type Part } from '../dom.ts'
import { explain } from '../explain.ts'
import type { MessageKey } from '../messages/en.ts'
import type { FeedbackDraft } from '../store.ts'
import type { View } from './view.ts'

const KINDS: readonly FeedbackKind[] = ['idea', 'bug', 'praise', 'other']

function readDraft(form: HTMLFormElement): FeedbackDraft {
  const fields = new FormData(form)
  const text = (name: string) => String(fields.get(name)).trim()
  const body = text('body')
  const email = text('email')
  return { kind: text('kind') as FeedbackKind, title: text('title'), ...(body && { body }), ...(email && { email }) }
}

/** @param close present where the form can be put away */
export function createFeedback({ store, translate, witness }: View, close?: () => void): Part {
  let phase: 'writing' | 'sending' | 'sent' = 'writing'
  let problem: Problem | undefined
  /** Names of the fields that need another look. */
  let wrong: readonly string[] = []

  function show(next: typeof phase, focus?: string): void {
    phase = next
    part.update()
    if (focus) part.element.querySelector<HTMLElement>(focus)?.focus()
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
        wrong = ['title', 'email'].filter((name) => problem?.pointers.includes(`/${name}`))
      }
    }
    show('writing', wrong[0] && `[name=${wrong[0]}]`)
  }

  function field(label: MessageKey, control: HTMLElement, complaint?: MessageKey): HTMLElement {
    const name = control.getAttribute('name') ?? ''
    const isWrong = () => wrong.includes(name)
    return (
      <p class="field">
        <label for={name}>
          {() => translate(label)} <span class="muted">{control.hasAttribute('required') ? '' : () => `(${translate('optional')})`}</span>
        </label>
        {control}
        <span class="error" id={`${name}-error`} hidden={() => !isWrong()}>{() => (complaint ? translate(complaint) : '')}</span>
      </p>
    )
  }

  /** Behind a shadow root the page cannot tell that somebody is typing: its shortcuts would fire on every letter. */
  function typed(event: KeyboardEvent): void {
    event.stopPropagation()
    if (event.type === 'keydown' && event.key === 'Escape') close?.()
  }

  const attributes = (name: string) => ({
    id: name,
    name,
    'aria-invalid': () => wrong.includes(name) && 'true',
    'aria-describedby': () => wrong.includes(name) && `${name}-error`,
  })

  const part = createPart(() => {
    const element = (
      <div>
        <form
          class="form"
          novalidate
          aria-label={() => translate('feedback')}
          hidden={() => phase === 'sent'}
          onSubmit={submit}
        >
          <fieldset>
            <legend>{() => translate('feedbackKind')}</legend>
            <div class="kinds">
              {KINDS.map((kind, index) => (
                <label>
                  <input type="radio" name="kind" value={kind} checked={index === 0} />
                  <span>{() => translate(`kind_${kind}`)}</span>
                </label>
              ))}
            </div>
          </fieldset>
          {field('feedbackTitle', <input {...attributes('title')} required maxlength={200} autocomplete="off" />, 'titleMissing')}
          {field('feedbackBody', <textarea {...attributes('body')} rows={4} maxlength={5000} />)}
          {field('feedbackEmail', <input {...attributes('email')} type="email" maxlength={254} autocomplete="email" />, 'emailInvalid')}
          <output class="error">
            {() => (problem && phase === 'writing' ? `${translate('feedbackNotSent')} ${explain(problem, translate)}` : '')}
          </output>
          <div class="actions">
            <button type="submit" class="solid" aria-disabled={() => String(phase === 'sending')}>
              {() => translate(phase === 'sending' ? 'sending' : 'send')}
            </button>
            {close ? <button type="button" onClick={close}>{() => translate('cancel')}</button> : []}
          </div>
        </form>
        <div class="form" hidden={() => phase !== 'sent'}>
          <output tabindex={-1}><b>{() => translate('feedbackSent')}</b></output>
          <div class="actions">
            <button type="button" onClick={() => show('writing', '[name=title]')}>{() => translate('feedbackMore')}</button>
            {close ? <button type="button" onClick={close}>{() => translate('done')}</button> : []}
          </div>
        </div>
      </div>
    )
    for (const type of ['keydown', 'keypress', 'keyup'] as const) element.addEventListener(type, typed)
    return element
  })
  return part
}
