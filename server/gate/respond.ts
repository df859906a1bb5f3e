/** What the voter is told: the same whether the vote was counted or held, so that a bot learns nothing from the answer. */
import type { Outcome } from './settle.ts'

export type Answer = { value: 0 | 1; votes: number } | { refused: 'already_voted' | 'voting_closed' }

/** The public tally after the commit, and as it would be with this vote in it: a held or invalidated one is added for its own voter only. */
export function respond(outcome: Outcome, tally: { without: number; with: number }): Answer {
  if (outcome.result === 'refused') {
    return { refused: outcome.because === 'merged' || outcome.because === 'merging' ? 'voting_closed' : 'already_voted' }
  }
  const apart = outcome.value === 1 && outcome.state !== 'c'
  return { value: outcome.value, votes: apart ? tally.with : tally.without }
}
