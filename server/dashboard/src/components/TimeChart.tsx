/**
 * Values over time: a chart to look at, the figures of the bucket one points at (with the mouse, a finger or the arrow keys), and the
 * same as a table.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { loadPart } from '../app/lazy-page.ts'
import { useStore } from '../app/store.ts'
import { theme } from '../app/theme.ts'
import { exact } from '../app/time.ts'
import { DataTable } from './DataTable.tsx'
import { Waiting } from './Loading.tsx'
import type { PlottedSeries, TimePlot } from './time-plot.ts'
import './time-chart.css'

export interface ChartSeries extends PlottedSeries {
  /** Beside the value in the legend, such as `12 of 340`. */
  note?(index: number): string
}

interface Props {
  /** What is shown, for whoever does not see it. */
  label: string
  /** Where each bucket begins; as many as each series has values. */
  at: readonly number[]
  bucketMs: number
  series: readonly ChartSeries[]
  format(value: number): string
  /** Whole numbers, such as counts. */
  whole?: boolean
  /** What there is to see closer of a bucket: a link, in the table. */
  link?: (at: number) => string
  /** The last bucket is not over: it has less than it will have. */
  running?: boolean
  empty?: ComponentChildren
}

const hour = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' })
const DAY_MS = 86_400_000

export function TimeChart({ label, at, bucketMs, series, format, whole = false, link, running = false, empty = 'Nothing happened in this time.' }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<TimePlot | undefined>(undefined)
  const [pointed, setPointed] = useState<number | null>(null)
  const latest = useRef(pointed)
  latest.current = pointed
  const [drawing, setDrawing] = useState<'awaited' | 'there' | 'missing'>('awaited')
  const [asTable, setAsTable] = useState(false)
  const scheme = useScheme()
  const tableId = useId()
  const nothing = series.every(({ values }) => values.every((value) => value === null || value === 0))

  useEffect(() => {
    if (nothing) return
    let left = false
    loadPart(() => import('./time-plot.ts')).then(({ drawTimePlot }) => {
      if (left || frame.current === null) return
      plot.current = drawTimePlot(frame.current, { at, bucketMs, series, whole, format }, setPointed)
      // Somebody may stand on a bucket already: the keys work before there is a drawing, and it is drawn anew with newer figures. It has its scales in a moment.
      queueMicrotask(() => { if (latest.current !== null) plot.current?.point(latest.current) })
      setDrawing('there')
    }, () => setDrawing('missing'))
    return () => {
      left = true
      plot.current?.remove()
      plot.current = undefined
    }
  }, [scheme, nothing, JSON.stringify([at, series.map(({ label: name, color, shape, values }) => [name, color, shape, values])])])

  const name = (index: number): string => {
    const begin = at[index] ?? 0
    return bucketMs >= DAY_MS ? day.format(begin) : hour.format(begin)
  }
  const words = (one: ChartSeries, index: number): string => {
    const value = one.values[index]
    return value === null || value === undefined ? '–' : [format(value), one.note?.(index) ?? ''].join(' ').trim()
  }
  const move = (to: number | null): void => {
    setPointed(to)
    plot.current?.point(to)
  }
  const steps: Record<string, () => number> = {
    ArrowLeft: () => Math.max(0, (pointed ?? at.length) - 1), ArrowRight: () => Math.min(at.length - 1, (pointed ?? -1) + 1), Home: () => 0, End: () => at.length - 1,
    PageUp: () => Math.min(at.length - 1, (pointed ?? -1) + 10), PageDown: () => Math.max(0, (pointed ?? at.length) - 10),
  }
  if (nothing) return <p class="chart-empty muted">{empty}</p>
  return (
    <div class="chart">
      <div class="chart-legend">
        <span class="chart-when muted small">{pointed === null ? 'Point at the chart for figures' : name(pointed)}</span>
        <ul>
          {series.map((one) => (
            <li key={one.label}>
              <span class="swatch" data-shape={one.shape} ref={(swatch) => swatch?.style.setProperty('--color', `var(${one.color})`)} />
              {one.label}{pointed !== null && <strong class="number">{words(one, pointed)}</strong>}
            </li>
          ))}
        </ul>
      </div>
      <div
        class="chart-frame" ref={frame} role="slider" tabIndex={0} aria-label={`${label}, over time`} aria-orientation="horizontal" aria-valuemin={0} aria-valuemax={at.length - 1}
        aria-valuenow={pointed ?? 0} aria-valuetext={pointed === null ? 'no time chosen' : `${name(pointed)}: ${series.map((one) => `${one.label} ${words(one, pointed)}`).join(', ')}`}
        aria-describedby={tableId} onBlur={() => move(null)}
        onKeyDown={(event) => {
          const step = steps[event.key]
          if (step === undefined) return
          event.preventDefault()
          move(step())
        }}
      />
      {drawing === 'awaited' && <Waiting />}
      {drawing === 'missing' && <p class="muted">The drawing could not be loaded: load the page anew. The table has the same figures.</p>}
      <div class="chart-foot" id={tableId}>
        <button type="button" class="button quiet small" aria-expanded={asTable} onClick={() => setAsTable(!asTable)}>{asTable ? 'Hide the table' : 'As a table'}</button>
        {running && <span class="muted small">The last one is not over yet.</span>}
      </div>
      {asTable && (
        <div class="chart-table" tabIndex={0} role="region" aria-label={`${label}, as a table`}>
          <DataTable
            caption={label} rows={at.map((_, index) => index)} rowKey={(index) => String(at[index])}
            columns={[
              { head: 'From', kind: 'primary', cell: (index) => (link === undefined ? <span title={exact(at[index] ?? 0)}>{name(index)}</span> : <a href={link(at[index] ?? 0)}>{name(index)}</a>) },
              ...series.map((one) => ({ head: one.label, kind: 'number' as const, cell: (index: number) => words(one, index) })),
            ]}
          />
        </div>
      )}
    </div>
  )
}

/** Changes whenever colours do. */
function useScheme(): string {
  const chosen = useStore(theme)
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const changed = (): void => setDark(query.matches)
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [])
  return `${chosen} ${dark ? 'dark' : 'light'}`
}
