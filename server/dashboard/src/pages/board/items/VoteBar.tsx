import type { ModeratedItem } from '../../../../../contract/moderation.ts'
import { figure } from '../../../app/time.ts'

/** Counted, held and invalidated votes as shares of one bar, with the figures beside it. */
export function VoteBar({ votes }: { votes: ModeratedItem['votes'] }) {
  const { counted, held, invalidated, byTier: { verified } } = votes
  const all = counted + held + invalidated
  return (
    <div class="vote-bar">
      <div class="vote-bar-track" aria-hidden="true">
        {([['counted', counted], ['held', held], ['invalidated', invalidated]] as const).map(([state, value]) =>
          value > 0 && <span key={state} class={state} ref={(part) => part?.style.setProperty('--share', String(value / all))} />)}
      </div>
      <p class="small">
        <strong>{figure(counted)}</strong> counted{verified.counted > 0 && <span class="muted"> ({figure(verified.counted)} signed in)</span>}
        {held > 0 && <>, <strong>{figure(held)}</strong> held</>}
        {invalidated > 0 && <>, <strong>{figure(invalidated)}</strong> invalidated</>}
      </p>
    </div>
  )
}
