/** What the voter is told: the same whether the vote was counted or held, so that a bot learns nothing from the answer. */
import type { Outcome } from './settle.ts'

export type Answer = { value: 0 | 1; votes: number } | { refused: 'already_voted' }

/** `counted` is the public tally after the commit. A held or invalidated vote is added for its own voter only. */
export function respond(outcome: Outcome, counted: number): Answer {
  if (outcome.result === 'refused') return { refused: 'already_voted' }
  const apart = outcome.value === 1 && outcome.state !== 'c' ? 1 : 0
  return { value: outcome.value, votes: counted + apart }
}
