/** The three reviews of the day, and what somebody keeps for themselves. */
import { useState } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import type { SavedView } from '../../../../contract/security.ts'
import { del, get, post } from '../../app/api.ts'
import { useAction, useLoad } from '../../app/load.ts'
import { useView } from '../../app/query.ts'
import { say } from '../../app/toasts.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { ProblemNote } from '../../components/Loading.tsx'
import { NOTHING, REVIEWS, isFiltered, isView } from './view.ts'
import type { SavedViews } from './wire.ts'

export function SavedViewBar() {
  const { query, href } = useView()
  const [saving, setSaving] = useState(false)
  const saved = useLoad((signal) => get<SavedViews>('/security/v1/saved-views', {}, signal), [])
  const own = (saved.data?.views ?? []).filter(({ path }) => path.startsWith('/dashboard/events'))
  const isOwn = own.some(({ path }) => isView(query, Object.fromEntries(new URL(path, location.origin).searchParams)))
  const isKnown = isOwn || REVIEWS.some((review) => isView(query, review.query))
  return (
    <>
      <nav class="views" aria-label="Views">
        {REVIEWS.map(({ name, what, query: review }) => (
          <a key={name} class="view" href={href({ ...NOTHING, ...review })} {...(isView(query, review) ? { 'aria-current': 'true' as const } : {})}>
            <strong>{name}</strong><span>{what}</span>
          </a>
        ))}
        {own.map((view) => <OwnView key={view.id} view={view} onGone={saved.reload} />)}
      </nav>
      <ProblemNote problem={saved.problem} retry={saved.reload} />
      {(isFiltered(query) || query['groupBy'] !== undefined) && !isKnown && <div class="row"><button type="button" class="button small" onClick={() => setSaving(true)}>Keep this view</button></div>}
      {saving && <KeepDialog onKept={saved.reload} onClose={() => setSaving(false)} />}
    </>
  )
}

function OwnView({ view, onGone }: { view: SavedView; onGone: () => void }) {
  const { query } = useView()
  const forget = useAction(async () => {
    await del(`/security/v1/saved-views/${view.id}`)
    onGone()
    say({ text: `“${view.name}” is forgotten.`, undo: { run: async () => {
      await post('/security/v1/saved-views', { name: view.name, path: view.path })
      onGone()
      return `“${view.name}” is kept again.`
    } } })
  })
  const here = isView(query, Object.fromEntries(new URL(view.path, location.origin).searchParams))
  return (
    <span class="view own">
      <a href={view.path} {...(here ? { 'aria-current': 'true' as const } : {})}><strong>{view.name}</strong><span>kept by you</span></a>
      <button type="button" class="close" aria-label={`Forget the view ${view.name}`} aria-busy={forget.busy} onClick={() => void forget.run()}>×</button>
    </span>
  )
}

function KeepDialog({ onKept, onClose }: { onKept: () => void; onClose: () => void }) {
  const { url } = useLocation()
  const [name, setName] = useState('')
  const keep = useAction(async () => {
    await post('/security/v1/saved-views', { name: name.trim(), path: withoutRow(url) })
    onKept()
    onClose()
    say({ text: `“${name.trim()}” is kept. It is yours alone; the link in the address bar works for everybody.` })
  })
  return (
    <Dialog title="Keep this view" onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); void keep.run() }}>
        <Field label="Name"><input type="text" required maxLength={80} value={name} onInput={(event: InputEvent & { currentTarget: HTMLInputElement }) => setName(event.currentTarget.value)} /></Field>
        <ProblemNote problem={keep.problem} />
        <div class="form-actions">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={name.trim() === ''} aria-busy={keep.busy}>Keep it</button>
        </div>
      </form>
    </Dialog>
  )
}

/** Of the view, not of where somebody stood in it. */
function withoutRow(url: string): string {
  const { pathname, searchParams } = new URL(url, location.origin)
  searchParams.delete('row')
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams.toString()}`
}
