/** A secret that this answer alone had. It is closed by hand, not by a stray Escape. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Choice } from './Field.tsx'
import { Copy } from './Copy.tsx'
import { Dialog } from './Dialog.tsx'

export function ShownOnce({ title, secret, children, onClose }: { title: string; secret: string; children: ComponentChildren; onClose: () => void }) {
  const [kept, setKept] = useState(false)
  const [tooSoon, setTooSoon] = useState(false)
  const close = (): void => {
    if (kept) onClose()
    else setTooSoon(true)
  }
  return (
    <Dialog title={title} onClose={close}>
      {children}
      <Copy text={secret} />
      <Choice label="I have kept it" hint="It is not shown again." checked={kept} onChange={setKept} />
      {tooSoon && !kept && <div class="note warn" role="alert">Keep it first, and say so with the box above.</div>}
      <div class="form-actions"><button type="button" class="button primary" aria-disabled={!kept} onClick={close}>Done</button></div>
    </Dialog>
  )
}
