import { useState } from 'preact/hooks'

/** Something that is shown once, or that is long: with a button that puts it on the clipboard. */
export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [done, setDone] = useState(false)
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(() => setDone(true), () => setDone(false))
    setTimeout(() => setDone(false), 3000)
  }
  return (
    <div class="row">
      <code class="copyable">{text}</code>
      <button type="button" class="button small" onClick={copy}>{done ? 'Copied' : label}</button>
      <span class="visually-hidden" role="status">{done ? 'Copied to the clipboard' : ''}</span>
    </div>
  )
}
