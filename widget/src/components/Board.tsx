import { createPart, fillList, h, include, type Part } from '../dom.ts'
import { explain } from '../explain.ts'
import { createFeedback } from './Feedback.tsx'
import { createItem } from './Item.tsx'
import { createNotice } from './Notice.tsx'
import type { View } from './view.ts'

export function createBoard(view: View): Part {
  const { store, translate } = view
  const items = () => store.board?.items ?? []
  let open = false

  const showForm = (wanted: boolean) => {
    open = wanted
    board.update()
    const target = open ? form.element.querySelector<HTMLElement>('[name=title]') : opener
    target?.focus()
  }
  const form = createFeedback(view, () => showForm(false))
  let opener: HTMLElement | undefined

  const board = createPart(() => {
    opener = (
      <button type="button" aria-expanded={() => String(open)} onClick={() => showForm(!open)}>
        {() => translate('feedback')}
      </button>
    )
    return (
      <section
        aria-label={() => store.board?.project.name}
        aria-busy={() => String(!store.board && !store.failure)}
      >
        <header hidden={() => !store.board}>
          <h2>{() => store.board?.project.name ?? ''}</h2>
          {opener}
        </header>
        <p class="hint" hidden={() => !store.needsSignIn()}>{() => translate('signIn')}</p>
        <div class="drawer" hidden={() => !open}>{include(form)}</div>
        {fillList(<ul />, items, (read) => createItem(view, read))}
        <p class="state" hidden={() => !store.board || items().length > 0}>{() => translate('empty')}</p>
        <output class="state skeleton" hidden={() => Boolean(store.board ?? store.failure)}>
          <i /><i /><i />
          <span class="unseen">{() => translate('loading')}</span>
        </output>
        <div class="state" role="alert" hidden={() => Boolean(store.board) || !store.failure}>
          <b>{() => translate('loadFailed')}</b>
          <p class="muted">{() => (store.failure ? explain(store.failure, translate) : '')}</p>
          <button type="button" class="solid" onClick={store.load}>{() => translate('retry')}</button>
        </div>
        {createNotice(view)}
      </section>
    )
  })
  return board
}
