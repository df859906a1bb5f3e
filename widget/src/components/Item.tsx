import type { BoardItem } from '../../../server/contract/widget.ts'
import type { View } from './view.ts'

export function Item({ view: { store, translate, formatNumber, witness }, item }: { view: View; item: BoardItem }) {
  const { id, title, description, status } = item
  const { voted, votes } = store.readVote(id)
  const tally = formatNumber(votes)
  return (
    <li class="item">
      {/* The server refuses votes on these; a control would only promise something. */}
      {status === 'shipped' || status === 'declined' ? (
        <p class="vote">
          <span aria-hidden="true">{tally}</span>
          <span class="unseen">{translate('closed', { count: votes })}</span>
        </p>
      ) : (
        <button
          type="button"
          class="vote"
          aria-pressed={voted}
          aria-label={translate('vote', { title, count: votes })}
          onClick={(event) => {
            // From the first click on, changes move; a board that loads with votes already cast does not.
            event.currentTarget.classList.add('moving')
            store.vote(id, voted ? 0 : 1, witness(event))
          }}
        >
          <span class="caret" />
          <span class="tally">{tally}</span>
        </button>
      )}
      <div class="about">
        <h3>{title}</h3>
        <span class={`chip ${status}`}>{translate(`status_${status}`)}</span>
        {description && <p class="muted">{description}</p>}
      </div>
    </li>
  )
}
