/**
 * Text that strangers wrote: it stays text, in its own direction, with its control characters shown instead of obeyed, and
 * is cut where it would flood the page.
 */
import { useState } from 'preact/hooks'

/** Characters that move, hide or reorder what is around them, or that are seen as nothing: fillers and tags too. */
// oxlint-disable-next-line no-control-regex -- showing control characters is the point
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/u
const SPLIT = new RegExp(`(${CONTROL.source})`, 'u')
const EACH = new RegExp(CONTROL.source, 'gu')

const nameOf = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** The same for places that take a string only: names of controls, options, headings, the title of the page. */
export function legible(text: string, max = 160): string {
  const characters = [...text]
  return (characters.length > max ? `${characters.slice(0, max).join('')}…` : text).replaceAll(EACH, nameOf)
}

/** Longer than an address: it may be broken anywhere, lest it make a column as wide as itself. */
const UNBROKEN = /\S{33}/

export function Untrusted({ text, max = 160 }: { text: string | null | undefined; max?: number }) {
  const [all, setAll] = useState(false)
  if (text === null || text === undefined || text === '') return <span class="muted">–</span>
  const characters = [...text]
  const cut = !all && characters.length > max
  return (
    <bdi class={UNBROKEN.test(text) ? 'untrusted long' : 'untrusted'}>
      {pieces(cut ? characters.slice(0, max).join('') : text)}
      {cut && (
        <>
          …{' '}
          <button type="button" class="button quiet small" onClick={(event) => { event.stopPropagation(); setAll(true) }}>
            all {characters.length.toLocaleString('en')} characters
          </button>
        </>
      )}
    </bdi>
  )
}

function pieces(text: string) {
  if (!CONTROL.test(text)) return text
  // Every second piece is what it was split at.
  return text.split(SPLIT).map((piece, index) => (index % 2 === 1 ? <span class="control" key={index}>{nameOf(piece)}</span> : piece))
}
