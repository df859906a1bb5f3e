/** The world, darker where there is more. It says nothing that the list beside it does not; what one points at is named under it. */
import { useEffect, useState } from 'preact/hooks'
import { loadPart } from '../app/lazy-page.ts'
import type { WorldShapes } from './world-shapes.ts'
import { Waiting } from './Loading.tsx'
import './world-map.css'

const SHADES = 5

interface Props {
  label: string
  /** By ISO 3166-1 alpha-2. */
  values: ReadonlyMap<string, number>
  /** A country and its value, in words. */
  describe(code: string): string
  lit?: string | undefined
  onLight(code: string | undefined): void
}

export function WorldMap({ label, values, describe, lit, onLight }: Props) {
  const [world, setWorld] = useState<WorldShapes | undefined>()
  const [isMissing, setMissing] = useState(false)
  useEffect(() => {
    loadPart(() => import('./world-shapes.ts')).then(({ WORLD }) => setWorld(WORLD), () => setMissing(true))
  }, [])
  if (isMissing) return <p class="muted">The map could not be loaded: load the page anew. The list has the same.</p>
  if (world === undefined) return <Waiting />
  const most = Math.max(1, ...values.values())
  const drawn = new Set(world.countries.map(([code]) => code))
  const missing = [...values].filter(([code, value]) => value > 0 && !drawn.has(code)).length
  return (
    <figure class="world">
      <svg
        viewBox={world.viewBox} role="img" aria-label={label}
        onPointerOver={(event) => onLight((event.target as Element).getAttribute('data-code') ?? undefined)} onPointerLeave={() => onLight(undefined)}
      >
        {world.countries.map(([code, path], index) => (
          <path key={code === '' ? index : code} d={path} data-code={code === '' ? undefined : code} class={`shade-${shadeOf(values.get(code) ?? 0, most)} ${code !== '' && code === lit ? 'lit' : ''}`} />
        ))}
      </svg>
      <figcaption class="small">
        <span class="world-named">{lit === undefined ? '' : describe(lit)}</span>
        <span class="world-scale" aria-hidden="true"><span>1</span>{Array.from({ length: SHADES }, (_, n) => <i key={n} class={`shade-${n + 1}`} />)}<span>{most.toLocaleString('en')}</span></span>
        {missing > 0 && <span class="muted">{missing === 1 ? 'One place is' : `${missing} places are`} too small for this map; the list has all.</span>}
      </figcaption>
    </figure>
  )
}

/** Each shade is four times the one before: a country with a hundredth of the largest is still to be seen. */
function shadeOf(value: number, most: number): number {
  return value <= 0 ? 0 : Math.max(1, SHADES - Math.floor(Math.log(most / value) / Math.log(4)))
}
