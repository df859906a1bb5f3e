/** A list of values with a bar beside each: what is largest is seen at once, and every figure can be read. */
import type { ComponentChildren } from 'preact'
import './bars.css'

export interface Bar {
  key: string
  label: ComponentChildren
  value: number
  /** Part of the value, drawn darker: held of all votes. */
  part?: number | undefined
  /** In words, beside the label. */
  text: ComponentChildren
  href?: string | undefined
}

export function Bars({ bars, label, lit, onLight }: { bars: readonly Bar[]; label: string; lit?: string | undefined; onLight?: (key: string | undefined) => void }) {
  const most = Math.max(1, ...bars.map(({ value }) => value))
  return (
    <ul class="bars" aria-label={label}>
      {bars.map(({ key, label: name, value, part = 0, text, href }) => (
        <li key={key} class={key === lit ? 'lit' : ''} onMouseEnter={() => onLight?.(key)} onMouseLeave={() => onLight?.(undefined)} onFocusIn={() => onLight?.(key)} onFocusOut={() => onLight?.(undefined)}>
          <span class="bar-name">{href === undefined ? name : <a href={href}>{name}</a>}</span>
          <span class="bar-text number small">{text}</span>
          <span class="bar" aria-hidden="true" ref={(bar) => {
            bar?.style.setProperty('--value', String(value / most))
            bar?.style.setProperty('--part', String(part / most))
          }} />
        </li>
      ))}
    </ul>
  )
}
