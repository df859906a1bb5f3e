/** What was done, said for a while in the corner, with an undo where there is one. */
import { Untrusted } from '../components/Untrusted.tsx'
import { useEffect, useState } from 'preact/hooks'
import { useAction } from './load.ts'
import { createStore, useStore } from './store.ts'

export interface Toast {
  text: string
  kind?: 'good' | 'bad'
  /** Shown as a button beside the text; what it resolves to is said next. */
  undo?: { label?: string; run(): Promise<string> }
}

interface Shown extends Toast {
  id: number
}
const shown = createStore<readonly Shown[]>([])
let latest = 0
const SHOWN_MS = 8000
/** What can be taken back stays long enough to be read and thought about. */
const WITH_UNDO_MS = 30_000
const MAX_SHOWN = 4

export function say(toast: Toast): void {
  const id = (latest += 1)
  shown.set([...shown.get(), { ...toast, id }].slice(-MAX_SHOWN))
}

const dismiss = (id: number): void => shown.set(shown.get().filter((toast) => toast.id !== id))

export function Toasts() {
  const toasts = useStore(shown)
  return <div class="toasts" role="status" aria-live="polite">{toasts.map((toast) => <ToastNote key={toast.id} toast={toast} />)}</div>
}

function ToastNote({ toast }: { toast: Shown }) {
  const undo = useAction(async () => {
    const text = await toast.undo?.run()
    dismiss(toast.id)
    if (text !== undefined) say({ text })
  })
  // It does not go away under a hand, nor with an undo under way whose outcome it is to say.
  const [pointed, setPointed] = useState(false)
  const [focused, setFocused] = useState(false)
  const stays = pointed || focused || undo.busy
  useEffect(() => {
    if (stays) return
    const timer = setTimeout(() => dismiss(toast.id), toast.undo === undefined ? SHOWN_MS : WITH_UNDO_MS)
    return () => clearTimeout(timer)
  }, [stays, toast])
  return (
    <div class={`toast ${toast.kind ?? ''}`} onMouseEnter={() => setPointed(true)} onMouseLeave={() => setPointed(false)} onFocusIn={() => setFocused(true)} onFocusOut={() => setFocused(false)}>
      <p><Untrusted text={undo.problem === undefined ? toast.text : undo.problem.message} max={300} /></p>
      <div class="row">
        {toast.undo && <button type="button" class="button small" aria-busy={undo.busy} onClick={() => void undo.run()}>{toast.undo.label ?? 'Undo'}</button>}
        <button type="button" class="close" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>×</button>
      </div>
    </div>
  )
}
