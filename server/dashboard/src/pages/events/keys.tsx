/** A list walked with the keyboard: j and k, and a key for each thing to do with the row one stands on. */
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Dialog } from '../../components/Dialog.tsx'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'SELECT', 'TEXTAREA'].includes(target.tagName)) && !(target instanceof HTMLInputElement && target.type === 'checkbox')

/** What each key does. @param at the `data-key` of the row the focus is in, where it is in one */
export type Keys = Readonly<Record<string, (at: string | undefined) => void>>

/**
 * Keys of a list, only while the focus is inside it and nobody is typing: elsewhere a single letter is somebody's dictation, or
 * a screen reader's. A name is what `KeyboardEvent.key` says. @returns for the element around the list
 */
export function useKeys(keys: Keys): RefObject<HTMLDivElement | null> {
  const frame = useRef<HTMLDivElement>(null)
  const latest = useRef(keys)
  latest.current = keys
  // As part of the drawing: who sees the list can use the keys.
  useLayoutEffect(() => {
    const element = frame.current
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target) || !(event.target instanceof Element)) return
      // Enter on a link or a button is its own.
      if (event.key === 'Enter' && event.target.closest('a, button, summary') !== null) return
      const act = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined
      if (act === undefined) return
      event.preventDefault()
      act(event.target.closest<HTMLElement>('tr[data-key]')?.dataset['key'])
    }
    element?.addEventListener('keydown', press)
    return () => element?.removeEventListener('keydown', press)
  }, [])
  return frame
}

const MEANINGS: readonly (readonly [string, string])[] = [
  ['j', 'next event'], ['k', 'event before'], ['Enter', 'open it'], ['x', 'select it, or not'], ['r', 'mark it read'], ['u', 'mark it unread'], ['?', 'these keys'], ['Esc', 'close'],
]

export const KeysDialog = ({ onClose }: { onClose: () => void }) => (
  <Dialog title="Keys" onClose={onClose}>
    <p>With the focus in the list: Tab leads there, and so does a click on a row.</p>
    <dl class="facts keys">{MEANINGS.map(([key, meaning]) => [<dt key={key}><kbd>{key}</kbd></dt>, <dd key={meaning}>{meaning}</dd>])}</dl>
  </Dialog>
)
