/** What changed: briefly in a list, and field by field. Values are other people’s words. */
import { Untrusted } from '../../../components/Untrusted.tsx'
import { exact, words } from '../../../app/time.ts'
import { type DiffRow, diffRows, tellingFirst } from './diff.ts'

interface Change {
  before: unknown
  after: unknown
}

const BRIEF = 2
/** `groupWaitMs` as people read it. */
const fieldWords = (field: string): string => words(field.replaceAll(/([a-z])([A-Z])/g, (_match, a: string, b: string) => `${a} ${b.toLowerCase()}`))

const Old = ({ text }: { text: string | undefined }) => (text === undefined ? null : <del><span class="visually-hidden">was </span><Untrusted text={text === '' ? '(empty)' : text} /></del>)
const New = ({ text }: { text: string | undefined }) => (text === undefined ? null : <ins><span class="visually-hidden">now </span><Untrusted text={text === '' ? '(empty)' : text} /></ins>)

export function BriefChange({ before, after }: Change) {
  const rows = tellingFirst(diffRows(before, after, exact))
  if (rows.length === 0) return <span class="muted">nothing that was not so</span>
  return (
    <div class="audit-brief small">
      {rows.slice(0, BRIEF).map(({ field, old, next }) => (
        <span key={field}>
          <span class="muted">{fieldWords(field)}</span>{' '}
          {old !== undefined && <del><Untrusted text={shorten(old)} /></del>}{old !== undefined && next !== undefined && ' → '}{next !== undefined && <ins><Untrusted text={shorten(next)} /></ins>}
        </span>
      ))}
      {rows.length > BRIEF && <span class="muted">and {rows.length - BRIEF} more</span>}
    </div>
  )
}

/** In the list a value takes a line; the whole of it is one click away. */
const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text)

export function DiffTable({ before, after }: Change) {
  const rows = diffRows(before, after, exact)
  if (rows.length === 0) return <p class="muted">Nothing that was not so already.</p>
  return (
    <table class="audit-diff">
      <caption class="visually-hidden">What changed</caption>
      <thead><tr><th scope="col">Field</th><th scope="col">Was</th><th scope="col">Is</th></tr></thead>
      <tbody>{rows.map((row) => <Row key={row.field} {...row} />)}</tbody>
    </table>
  )
}

const Row = ({ field, old, next }: DiffRow) => <tr><th scope="row">{fieldWords(field)}</th><td><Old text={old} /></td><td><New text={next} /></td></tr>
