/** A modal dialog of the browser's own: focus stays inside, Escape closes it, and focus goes back where it came from. */
import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'

/** @param props.onClose left out: it has to be answered, and offers its own way out */
export function Dialog({ title, onClose, wide = false, children }: { title: string; onClose?: () => void; wide?: boolean; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  // As part of the drawing, both ways: a key pressed right after it finds the focus where it belongs.
  useLayoutEffect(() => {
    const before = document.activeElement
    const element = dialog.current
    element?.showModal()
    return () => {
      // What is behind an open one takes no focus.
      element?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog} class={wide ? 'wide' : ''} aria-labelledby={id} onCancel={(event) => { event.preventDefault(); onClose?.() }}
      // A second Escape the browser does not let a page refuse: the key is taken before it becomes one.
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return
        event.preventDefault()
        onClose?.()
      }}
      // Closed all the same, such as by a phone's way back: what is still to be answered is shown again.
      onClose={() => { if (dialog.current?.isConnected === true && !dialog.current.open) dialog.current.showModal() }}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          {onClose && <button type="button" class="close" aria-label="Close" onClick={onClose}>×</button>}
        </div>
        {children}
      </div>
    </dialog>
  )
}
