import { render } from 'preact'
import { Board } from './Board.tsx'
import { FormPlace } from './FormPlace.tsx'
import type { View } from './view.ts'

/** Renders a board, or a feedback form on its own, or brings up to date what is there. Synchronous. */
export function renderWidget(view: View, feedbackOnly: boolean, root: HTMLElement): void {
  render(feedbackOnly ? <FormPlace view={view} /> : <Board view={view} />, root)
}
