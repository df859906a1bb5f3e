import { useEffect, useState } from 'preact/hooks'
import type { Problem } from '../app/api.ts'
import { refusalWords } from './refusal-words.ts'

/** Says what is wrong once, and then counts down silently: a screen reader is not told every second. */
export function Refusal({ problem, step }: { problem: Problem | undefined; step: 'password' | 'code' }) {
  const [until, setUntil] = useState(0)
  const [now, setNow] = useState(Date.now)
  const wait = problem === undefined ? undefined : refusalWords(problem, step).wait
  useEffect(() => {
    if (wait === undefined) return undefined
    const end = Date.now() + wait * 1000
    setUntil(end)
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [problem, wait])
  if (problem === undefined) return null
  const left = Math.max(0, Math.ceil((until - now) / 1000))
  return (
    <div class="note bad">
      <div>
        <p role="alert">{refusalWords(problem, step).text}{wait !== undefined && <span class="visually-hidden"> Try again in {wait} seconds.</span>}</p>
        {wait !== undefined && <p class="small number" aria-hidden="true">{left === 0 ? 'You can try again now.' : `Try again in ${clock(left)}.`}</p>}
      </div>
    </div>
  )
}

const clock = (seconds: number): string =>
  (seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`)
