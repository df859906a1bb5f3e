import { h } from '../dom.ts'
import { explain } from '../explain.ts'
import type { View } from './view.ts'

/** The live region is always there, so that assistive technology announces what appears in it. */
export function createNotice({ store, translate }: View): HTMLElement {
  return (
    <div class={() => (store.notice ? 'notice' : 'unseen')}>
      <output tabindex={-1}>
        <b>{() => (store.notice?.title ? `${translate('notSaved', { title: store.notice.title })} ` : '')}</b>
        {() => (store.notice ? explain(store.notice.problem, translate) : '')}
      </output>
      <button
        type="button"
        aria-label={() => translate('dismiss')}
        hidden={() => !store.notice}
        onClick={(event: MouseEvent & { currentTarget: HTMLElement }) => {
          // The button is about to go: the focus must not fall back to the top of the page.
          const text = event.currentTarget.previousElementSibling as HTMLElement
          store.dismissNotice()
          text.focus()
        }}
      >
        ×
      </button>
    </div>
  )
}
