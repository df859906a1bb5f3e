/** An item's votes over the last 30 days, small: by day, in the state they are in now. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { HistoryAnswer } from '../../../../contract/vote-views.ts'
import { useLoad } from '../../app/load.ts'
import { count } from '../../app/time.ts'
import { barsOf } from './bars.ts'
import { loadHistory } from './wire.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const HEIGHT = 28

/** Loads once it is seen: a board may be long. */
export function Sparkline({ project, item }: { project: string; item: string }) {
  const frame = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    if (frame.current === null) return
    const watcher = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true)
    })
    watcher.observe(frame.current)
    return () => watcher.disconnect()
  }, [])
  return <div ref={frame} class="sparkline">{seen && <Drawn project={project} item={item} />}</div>
}

function Drawn({ project, item }: { project: string; item: string }) {
  const history = useLoad((signal) => loadHistory(project, item, { since: Date.now() - DAYS * DAY_MS, bucket: '1d' }, signal), [project, item])
  if (history.data === undefined) return history.problem === undefined ? null : <span class="small muted">not to be had</span>
  return <Bars history={history.data} />
}

function Bars({ history }: { history: HistoryAnswer }) {
  const bars = barsOf(history, HEIGHT)
  const total = { counted: 0, held: 0, invalidated: 0 }
  for (const bucket of history.buckets) for (const state of ['counted', 'held', 'invalidated'] as const) total[state] += bucket[state]
  const sum = total.counted + total.held + total.invalidated
  const words = sum === 0 ? 'No vote in 30 days.' : `${count(sum, 'vote')} in 30 days: ${total.counted} counted, ${total.held} held, ${total.invalidated} invalidated.`
  return (
    <svg role="img" aria-label={words} viewBox={`0 0 ${bars.places} ${HEIGHT}`} preserveAspectRatio="none">
      <title>{words}</title>
      <line class="ground" x1="0" y1={HEIGHT} x2={bars.places} y2={HEIGHT} />
      {bars.parts.map(({ state, x, y, height }) => <rect key={`${state} ${x}`} class={state} x={x + 0.1} y={y} width="0.8" height={height} />)}
    </svg>
  )
}
