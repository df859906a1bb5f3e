import type { View } from './view.ts'

/** The live region is always there, so that assistive technology announces what appears in it. */
export function Notice({ view: { store, translate, explain } }: { view: View }) {
  const { notice } = store
  return (
    <div class={notice ? 'notice' : 'unseen'}>
      <output tabIndex={-1}>
        {notice?.title && <b>{translate('notSaved', { title: notice.title })} </b>}
        {notice && explain(notice.problem)}
      </output>
      <button
        type="button"
        aria-label={translate('dismiss')}
        hidden={!notice}
        onClick={(event) => {
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
