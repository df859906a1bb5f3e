import { FormPlace } from './FormPlace.tsx'
import { Item } from './Item.tsx'
import { Notice } from './Notice.tsx'
import type { View } from './view.ts'

export function Board({ view }: { view: View }) {
  const { store: { board, failure, needsSignIn, load }, translate, explain, formOpen, showForm } = view
  return (
    <section aria-label={board?.project.name} aria-busy={!board && !failure}>
      {board && (
        <header>
          <h2>{board.project.name}</h2>
          <button type="button" aria-expanded={Boolean(formOpen)} onClick={() => showForm(!formOpen)}>{translate('feedback')}</button>
        </header>
      )}
      {needsSignIn() && <p class="hint">{translate('signIn')}</p>}
      {formOpen !== undefined && (
        <div class="drawer" hidden={!formOpen}>
          <FormPlace view={view} />
        </div>
      )}
      <ul>{board?.items.map((item) => <Item key={item.id} view={view} item={item} />)}</ul>
      {board?.items.length === 0 && <p class="state">{translate('empty')}</p>}
      {!board && (failure ? (
        <div class="state" role="alert">
          <b>{translate('loadFailed')}</b>
          <p class="muted">{explain(failure)}</p>
          <button type="button" class="solid" onClick={load}>{translate('retry')}</button>
        </div>
      ) : (
        <output class="state skeleton">
          <i /><i /><i />
          <span class="unseen">{translate('loading')}</span>
        </output>
      ))}
      <Notice view={view} />
    </section>
  )
}
