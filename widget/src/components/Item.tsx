import type { BoardItem } from '../../../server/contract/widget.ts'
import { h } from '../dom.ts'
import type { View } from './view.ts'

export function createItem({ store, translate, formatNumber, witness }: View, read: () => BoardItem): HTMLElement {
  const { id } = read()
  const vote = () => store.readVote(id)
  return (
    <li class="item">
      <button
        type="button"
        class="vote"
        aria-pressed={() => String(vote().voted)}
        aria-label={() => translate('vote', { title: read().title, count: vote().votes })}
        onClick={(event: MouseEvent & { currentTarget: HTMLElement }) => {
          // From the first click on, changes move; a board that loads with votes already cast does not.
          event.currentTarget.classList.add('moving')
          store.vote(id, vote().voted ? 0 : 1, witness(event))
        }}
      >
        <span class="caret" />
        <span class="tally">{() => formatNumber(vote().votes)}</span>
      </button>
      <div class="about">
        <h3>{() => read().title}</h3>
        <span class={() => `chip ${read().status}`}>{() => translate(`status_${read().status}`)}</span>
        <p class="muted" hidden={() => !read().description}>{() => read().description}</p>
      </div>
    </li>
  )
}
