/** Single keys in a list, only while the focus is inside it: elsewhere they are somebody's typing, or a screen reader's. */
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

export interface ListActions {
  open(id: string): void
  select(id: string): void
  /** Any other letter. */
  act?(letter: string, id: string): void
}

export interface ListKeys {
  /** For the element around the list. */
  frame: RefObject<HTMLDivElement | null>
  /** The row the walk stands on. */
  active: string | undefined
}

const TYPING = 'input:not([type=checkbox]), select, textarea'

export function useListKeys(ids: readonly string[], actions: ListActions): ListKeys {
  const frame = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<string | undefined>()
  const active = at !== undefined && ids.includes(at) ? at : undefined

  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element) || event.target.matches(TYPING)) return
    const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0
    if (step !== 0) {
      const place = active === undefined ? -1 : ids.indexOf(active)
      const next = ids[Math.max(0, Math.min(ids.length - 1, place + step))]
      if (next === undefined) return
      event.preventDefault()
      setAt(next)
      // The focus goes along, so that Tab goes on from there and the row is seen.
      frame.current?.querySelector<HTMLElement>(`tr[data-key="${CSS.escape(next)}"] a`)?.focus()
      return
    }
    if (active === undefined || (event.key === 'Enter' && event.target.closest('a, button, summary') !== null)) return
    if (event.key === 'Enter') actions.open(active)
    else if (event.key === 'x') actions.select(active)
    else if (event.key.length === 1) actions.act?.(event.key, active)
  }
  const latest = useRef(press)
  latest.current = press
  useLayoutEffect(() => {
    const element = frame.current
    const listen = (event: KeyboardEvent): void => latest.current(event)
    element?.addEventListener('keydown', listen)
    return () => element?.removeEventListener('keydown', listen)
  }, [])
  return { frame, active }
}
