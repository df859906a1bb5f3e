/**
 * The drawing of a TimeChart: uPlot on a canvas, in its own chunk. Colours are read from the page, so the chart is drawn anew when the
 * theme changes. uPlot sets styles through the CSSOM and text as text: the content policy allows all it does.
 */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface PlottedSeries {
  label: string
  /** A custom property of tokens.css, such as `--series-1`. */
  color: string
  /** null: nothing is known there, which is not nought. */
  values: readonly (number | null)[]
  /** bars are laid on each other, those further on above. */
  shape: 'line' | 'area' | 'bars'
}

export interface Plotted {
  at: readonly number[]
  bucketMs: number
  series: readonly PlottedSeries[]
  /** Whole numbers: the axis has no line between two of them. */
  whole: boolean
  format(value: number): string
}

export interface TimePlot {
  /** Moves the cursor to that bucket; null takes it away. */
  point(index: number | null): void
  remove(): void
}

const HEIGHT_PX = 220
const DAY_MS = 86_400_000
/** 1, 2, 5, 10, 20 … */
const WHOLE_STEPS = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat()
const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const dayOfMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

export function drawTimePlot(frame: HTMLElement, plotted: Plotted, onPoint: (index: number | null) => void): TimePlot {
  const { at, bucketMs, series, whole, format } = plotted
  const colorOf = colors(frame)
  const [line, muted] = [colorOf('--line'), colorOf('--muted')]
  const font = `12px ${getComputedStyle(frame).fontFamily}`
  const axis = { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 } }
  const stacked = series.some(({ shape }) => shape === 'bars')
  let moving = false

  const plot = new uPlot(
    {
      width: Math.max(200, frame.clientWidth), height: HEIGHT_PX, ms: 1, legend: { show: false },
      // The last label of the time axis stands half beyond its end.
      padding: [8, 22, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7, width: 2 }, ...(stacked ? { points: { show: false } } : {}) },
      scales: {
        x: { time: true, range: () => [at[0] ?? 0, (at.at(-1) ?? 1) + (stacked ? bucketMs : 0)] },
        y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.08 : 1] },
      },
      axes: [
        { ...axis, size: 30, space: 64, values: (_plot, splits, _axis, _space, step) => splits.map((split) => (step >= DAY_MS ? dayOfMonth : isMidnight(split) ? dayOfMonth : timeOfDay).format(split)) },
        { ...axis, size: 56, ...(whole ? { incrs: WHOLE_STEPS } : {}), values: (_plot, splits) => splits.map((split) => format(split)) },
      ],
      // What is drawn later covers what is below it: the highest of a stack comes first.
      series: [{}, ...(stacked ? series.toReversed() : series).map((one) => seriesOf(one, colorOf))],
      hooks: {
        setCursor: [(drawn) => {
          // Without a pointer’s event it is the drawing itself, which begins with none: whoever chose with the keys keeps the place.
          if (moving || drawn.cursor.event == null) return
          const index = drawn.cursor.idx ?? null
          onPoint((drawn.cursor.left ?? -1) < 0 ? null : index)
        }],
      },
    },
    [[...at], ...(stacked ? stack(series, at.length).toReversed() : series.map(({ values }) => [...values]))],
    frame,
  )
  const resizing = new ResizeObserver(() => {
    if (frame.clientWidth > 0 && frame.clientWidth !== plot.width) plot.setSize({ width: frame.clientWidth, height: HEIGHT_PX })
  })
  resizing.observe(frame)

  return {
    point(index) {
      moving = true
      const x = index === null ? undefined : at[index]
      plot.setCursor(x === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(x + (stacked ? bucketMs / 2 : 0), 'x'), top: 10 })
      moving = false
    },
    remove() {
      resizing.disconnect()
      plot.destroy()
    },
  }
}

const isMidnight = (at: number): boolean => new Date(at).getHours() === 0 && new Date(at).getMinutes() === 0

function seriesOf({ label, color, shape }: PlottedSeries, colorOf: (name: string) => string): uPlot.Series {
  const stroke = colorOf(color)
  const bars = uPlot.paths.bars?.({ size: [0.86, 40, 1], align: 1 })
  if (shape === 'bars' && bars !== undefined) return { label, stroke, fill: stroke, width: 0, paths: bars, points: { show: false } }
  return {
    label, stroke, width: 2, spanGaps: false, ...(shape === 'area' ? { fill: withAlpha(stroke, 0.14) } : {}),
    // A value between two gaps would be no line at all.
    points: { show: true, size: 5, fill: stroke, filter: (plot, index) => loneOf(plot.data[index] ?? []) },
  }
}

/** Where there is a value, and none on either side of it. */
function loneOf(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values, (value, index) => (value != null && values[index - 1] == null && values[index + 1] == null ? index : -1)).filter((index) => index >= 0)
}

/** Each with what is below it. */
function stack(series: readonly PlottedSeries[], length: number): number[][] {
  const below = Array<number>(length).fill(0)
  return series.map(({ values }) => below.map((sum, index) => (below[index] = sum + (values[index] ?? 0))))
}

/** A custom property holds `light-dark(…)`; what it comes to is known to an element that uses it. */
function colors(frame: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = frame.appendChild(document.createElement('span'))
    probe.style.setProperty('color', `var(${name})`)
    const { color } = getComputedStyle(probe)
    probe.remove()
    return color
  }
}

const withAlpha = (rgb: string, alpha: number): string => rgb.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`)
