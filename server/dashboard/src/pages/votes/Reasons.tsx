/** Why a vote is where it is: its score as a bar, and the sentences it is made of. */
import { useState } from 'preact/hooks'
import { Meter } from '../../components/Page.tsx'

const SHOWN = 3

export function Reasons({ reasons, all = false }: { reasons: readonly string[]; all?: boolean }) {
  const [open, setOpen] = useState(all)
  if (reasons.length === 0) return <span class="muted">Nothing spoke against it.</span>
  const shown = open ? reasons : reasons.slice(0, SHOWN)
  return (
    <div class="reasons">
      <ul>{shown.map((reason) => <li key={reason}>{reason}</li>)}</ul>
      {reasons.length > shown.length && <button type="button" class="button quiet small" onClick={() => setOpen(true)}>{reasons.length - shown.length} more</button>}
    </div>
  )
}

/** The bands of the shipped policy: from these a vote asks for work, and is held. */
const WARN = 0.4
const BAD = 0.55

export function Score({ score }: { score: number | null }) {
  if (score === null) return <span class="muted">–</span>
  return (
    <span class="score">
      <Meter share={score} tone={score >= BAD ? 'bad' : score >= WARN ? 'warn' : ''} />
      <span class="number">{score.toFixed(2)}</span>
    </span>
  )
}
