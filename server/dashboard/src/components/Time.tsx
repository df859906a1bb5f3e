/** A moment as people say it, with the exact one for whoever points at it, and in the page for machines. */
import { useEffect } from 'preact/hooks'
import { createStore, useStore } from '../app/store.ts'
import { ago, exact } from '../app/time.ts'

/** One clock for all of them. */
const now = createStore(Date.now())
setInterval(() => now.set(Date.now()), 10_000)

/** What appears between two ticks brings the clock up to date, or what has just begun would be still to come. */
const catchUp = (): void => {
  if (Date.now() - now.get() >= 1000) now.set(Date.now())
}

export function useNow(): number {
  useEffect(catchUp, [])
  return useStore(now)
}

export function Time({ at, absolute = false }: { at: number | null; absolute?: boolean }) {
  const present = useNow()
  if (at === null) return <span class="muted">–</span>
  // A server’s clock may be a little ahead.
  return <time dateTime={new Date(at).toISOString()} title={exact(at)}>{absolute ? exact(at) : ago(at, at > present + 20_000 ? present : Math.max(present, at))}</time>
}
